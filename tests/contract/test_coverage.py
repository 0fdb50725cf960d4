import msgspec
import pytest

from tests.contract.coverage import (
    PAGE,
    Call,
    Coverage,
    CoverageError,
    Fields,
    Manual,
    known_tests,
    load,
    page,
)

MANUAL = Manual({"every call": Call(1), "a": Call(2, ["X", "Y"], ["Z"])}, {"7": "must", "8": "only"}, {"100001": "bad"})
WHOLE = Coverage(
    {"every call": Fields(), "a": Fields({"X, Y": "rules: t"}, {"Z": ["rules: t"]})},
    {"7": "rules: t"},
    {"100001": "rules: t"},
    {"faults": {"drop": "rules: t"}},
    not_emulated={"8": "the push"},
)
NONE: list[str] = []


def gap(**changes: object) -> str:
    with pytest.raises(CoverageError) as caught:
        page(MANUAL, msgspec.structs.replace(WHOLE, **changes), {"rules: t"})
    return str(caught.value)


def test_a_whole_table_is_a_page_with_counts():
    text = page(MANUAL, WHOLE, {"rules: t"})
    assert "Not emulated: the push." in text
    assert "| request: Y | [t](../tests/contract/test_rules.py) |" in text
    assert "| 8: only | not emulated: the push |" in text
    for counted in ("messages | 1 |", "fields | 3 |", "rules | 2, of which 1 ", "codes | 1, of which 0", "them | 1 |"):
        assert counted in text


def test_gaps_are_named():
    every = Fields()
    assert gap(fields={"every call": every}) == "call a has no test"
    assert gap(fields={"every call": every, "a": Fields({"X": "rules: t"}, {"Z": "rules: t"})}) == (
        "field of the request of a: Y has no test"
    )
    assert gap(fields={"every call": every, "a": Fields({"X, Y": "rules: t"})}) == (
        "field of the answer of a: Z has no test"
    )
    assert gap(rules={}) == "rule 7 has no test"
    assert gap(codes={}) == "error code 100001 has no test"
    assert gap(not_emulated={}) == "rule 8 has no test"


def test_a_row_has_a_test_that_is_there():
    assert gap(rules={"7": NONE}) == "Rules, 7: must: no test"
    assert gap(rules={"7": "rules: u"}) == "Rules, 7: must: there is no test 'rules: u'"
    assert gap(beyond={"faults": {"drop": NONE}}) == "Beyond the manual: faults, drop: no test"


def test_what_the_manual_does_not_have_is_named():
    assert gap(rules={"7": "rules: t", "9": "rules: t"}) == "rule 9 is not in the manual"
    assert gap(codes={"100001": "rules: t", "5": "rules: t"}) == "error code 5 is not in the manual"
    assert gap(rules={"7": "rules: t", "8": "rules: t"}) == "emulated or not: rule 8"


def test_the_page_is_what_the_table_says():
    assert PAGE.read_text("utf-8") == page(*load(), known_tests())
