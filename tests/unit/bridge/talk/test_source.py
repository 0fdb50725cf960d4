"""Texts that arrive in pieces, on a stage that only writes down."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.session.events import Problem
from bridge.session.progress import Progress
from bridge.talk.source import LOST, TextSource
from dialog.segment import Segmenter
from dialog.speakable import speakable


class Stage:
    def __init__(self) -> None:
        self.clauses: list[str] = []
        self.ends: list[Problem | None] = []
        self.open = True
        self.said = 0
        self.progress = Progress()

    def push(self, utterance_id: str, clause: str, *, last: bool = False) -> None:
        assert utterance_id == "u"
        assert not self.ends
        self.clauses.append(clause)
        if last:
            self.ends.append(None)

    def finish(self, utterance_id: str, error: Problem | None = None) -> None:
        self.ends.append(error)

    def is_open(self, utterance_id: str) -> bool:
        return self.open

    def waiting(self, utterance_id: str) -> int:
        return len("".join(self.clauses)) - self.said


TEXT = "One is here. And two, which is longer than one, is here too. Three."


@given(st.lists(st.integers(0, len(TEXT)), max_size=8))
def test_the_clauses_do_not_depend_on_the_pieces(cuts: list[int]) -> None:
    stage = Stage()
    source, begin = TextSource(stage, "u"), 0
    for end in [*sorted(cuts), len(TEXT)]:
        source.feed(TEXT[begin:end])
        begin = end
    source.end()
    whole = Segmenter()
    assert stage.clauses == [*whole.feed(TEXT), *whole.finish()]
    assert stage.ends == [None]


def test_what_a_model_wrote_is_made_speakable() -> None:
    stage = Stage()
    source = TextSource(stage, "u")
    for piece in ("**Bold", "** words [and", " a link](http://x). ", "`End`"):
        source.feed(piece, markdown=True)
    source.end()
    assert "".join(stage.clauses) == speakable("**Bold** words [and a link](http://x). `End`")


@pytest.mark.parametrize("text", ["", "   ", "…"])
def test_a_text_without_words_ends(text: str) -> None:
    stage = Stage()
    source = TextSource(stage, "u")
    source.feed(text)
    source.end()
    assert (stage.clauses, stage.ends) == ([], [None])


def test_what_came_of_a_lost_text_is_spoken() -> None:
    stage = Stage()
    source = TextSource(stage, "u")
    source.feed("This came. And th")
    source.lose()
    assert "".join(stage.clauses) == "This came. And th"
    assert stage.ends == [LOST]


async def test_room_is_waited_for_until_some_was_said_or_nobody_wants_more() -> None:
    stage = Stage()
    source = TextSource(stage, "u")
    await source.room()
    while source.waiting < TextSource.WAITING_MAX:
        source.feed("A sentence that takes its place. ")
    waiting = asyncio.create_task(source.room())
    await asyncio.sleep(0)
    stage.progress.tell()
    await asyncio.sleep(0)
    assert not waiting.done()
    stage.said = 100
    stage.progress.tell()
    await waiting
    stage.said, stage.open = 0, False
    await source.room()
