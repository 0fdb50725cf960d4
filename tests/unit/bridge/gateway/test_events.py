import pytest

from bridge.gateway.events import parse_position


@pytest.mark.parametrize(
    ("given", "position"),
    [
        ("abc123:0", ("abc123", 0)),
        ("abc123:42", ("abc123", 42)),
        (None, None),
        ("", None),
        ("abc", None),
        ("abc:", None),
        (":1", None),
        ("abc:-1", None),
        ("abc:1:2", None),
        ("abc:1 ", None),
        ("abc:" + "9" * 16, None),
        ("a" * 65 + ":1", None),
        ("abc:１", None),
    ],
)
def test_a_position_is_an_epoch_and_an_offset(given: str | None, position: tuple[str, int] | None) -> None:
    assert parse_position(given) == position
