import tomllib

import pytest

from tests.contract.coverage import CALLS, CODES, PAGE, TABLE, CoverageError, Rules, known_tests, page


def whole() -> dict[str, dict[str, str | list[str]]]:
    rules: dict[str, dict[str, str | list[str]]] = {call: {"a rule": "rules: a"} for call in CALLS}
    rules["Error codes"] = {str(code): "rules: a" for code in CODES}
    return rules


def gap(rules: Rules) -> str:
    with pytest.raises(CoverageError) as caught:
        page(rules, {"rules: a"})
    return str(caught.value)


def test_gaps_are_named():
    assert page(whole(), {"rules: a"})
    assert gap(whole() | {"command": {}}) == "command has no rules"
    none: list[str] = []
    assert gap(whole() | {"command": {"x": none}}) == "command, x: no test"
    assert gap(whole() | {"command": {"x": "rules: b"}}) == "command, x: there is no test 'rules: b'"
    assert gap(whole() | {"Error codes": {}}) == "error code -101000 has no test"


def test_the_page_is_what_the_table_says():
    assert PAGE.read_text("utf-8") == page(tomllib.loads(TABLE.read_text("utf-8")), known_tests())
