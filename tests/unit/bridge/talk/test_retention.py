from hypothesis import given
from hypothesis import strategies as st

from bridge.talk.retention import Pages, expired

NOON, LATER, TOMORROW = "20261128T120000Z", "20261128T235959Z", "20261129T000000Z"


def test_a_file_holds_one_visitor_and_at_most_one_day():
    pages = Pages("abc")
    assert pages.at(NOON) == pages.at(LATER) == f"{NOON}-abc-1.jsonl"
    assert pages.at(TOMORROW) == f"{TOMORROW}-abc-2.jsonl"
    pages.turn()
    pages.turn()
    assert pages.at(TOMORROW) == f"{TOMORROW}-abc-3.jsonl"


def test_only_recordings_that_are_too_old_are_named():
    old, young = f"{NOON}-abc-1.jsonl", f"{TOMORROW}-abc-2.jsonl"
    others = ["notes.txt", "20200101T000000Z.jsonl", f"{NOON}-abc-1.jsonl.bak", f"x{old}", f"{NOON}-a/b-1.jsonl", ""]
    assert list(expired([old, young, *others], TOMORROW)) == [old]
    assert list(expired([old], NOON)) == []


STAMPS = st.datetimes().map(lambda at: f"{at:%Y%m%dT%H%M%SZ}".rjust(16, "0"))


@given(st.lists(STAMPS, min_size=1), STAMPS, st.lists(st.booleans(), min_size=1))
def test_every_line_is_gone_once_it_is_too_old(stamps: list[str], oldest: str, leaves: list[bool]):
    pages = Pages("s-1_x")
    names: dict[str, list[str]] = {}
    for number, stamp in enumerate(sorted(stamps)):
        if leaves[number % len(leaves)]:
            pages.turn()
        names.setdefault(pages.at(stamp), []).append(stamp)
    gone = set(expired(names, oldest))
    for name, held in names.items():
        assert (name in gone) == (held[0] < oldest)
        assert len({stamp[:8] for stamp in held}) == 1
