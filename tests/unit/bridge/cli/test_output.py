import json

import pytest

from bridge.cli import output


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://0.0.0.0:8080/", "http://127.0.0.1:8080"),
        ("http://[::]:8080", "http://[::1]:8080"),
        ("http://192.0.2.1:8080", "http://192.0.2.1:8080"),
    ],
)
def test_an_address_that_can_be_opened(address: str, shown: str):
    assert output.reachable(address) == shown


def test_every_problem_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]):
    output.problems("one\ntwo")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "avatar-bridge: one\navatar-bridge: two\n")


def test_data_is_json_for_people_and_programs(capsys: pytest.CaptureFixture[str]):
    output.data({"said": "你好"})
    text = capsys.readouterr().out
    assert "你好" in text
    assert json.loads(text) == {"said": "你好"}
