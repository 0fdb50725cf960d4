import json

import pytest
from typer.testing import CliRunner

from bridge.cli.main import app


@pytest.mark.parametrize(
    ("options", "key", "value"),
    [([], "openapi", "3.1.0"), (["--asyncapi"], "asyncapi", "3.0.0")],
)
def test_a_document_is_printed(options: list[str], key: str, value: str):
    result = CliRunner().invoke(app, ["openapi", *options])
    assert result.exit_code == 0
    assert json.loads(result.stdout)[key] == value


def test_the_errors_are_printed():
    result = CliRunner().invoke(app, ["openapi", "--errors"])
    assert result.exit_code == 0
    assert {"queue_full", "internal"} <= {error["code"] for error in json.loads(result.stdout)["errors"]}


def test_two_documents_at_once_are_wrong_usage():
    assert CliRunner().invoke(app, ["openapi", "--errors", "--asyncapi"]).exit_code == 2
