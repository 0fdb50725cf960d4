"""The judge of the stories finds what is wrong: each test tells a story with one thing in it that must not be."""

import asyncio
from typing import Any

import pytest

from tests.support.story.judge import Judge
from tests.support.story.trace import Kind, Trace

ANSWER = "Answer 1. Nobody knew why! They all went down to the sea one day."
Happening = tuple[float, Kind, dict[str, Any]]


def utterance(at: float, status: str, name: str = "u1") -> Happening:
    return at, "event", {"type": "utterance", "utterance_id": name, "status": status, "heard": ""}


def clause(at: float, seq: int, text: str, status: str) -> Happening:
    return at, "event", {"type": "sentence", "utterance_id": "u1", "seq": seq, "text": text, "status": status}


def up(at: float, text: str, seq: int, *, stop: bool = False) -> Happening:
    data = {"Text": text, "Seq": seq, "IsFinal": stop, "Interrupt": stop}
    return at, "up", {"ReqId": "r1", "Command": "SEND_STREAMTEXT", "Data": data}


def request(at: float, number: int, *messages: str) -> Happening:
    roles = [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(messages)]
    return at, "llm", {"n": number, "messages": roles}


STATUS: Happening = (1.1, "event", {"type": "speak.status", "req_id": "r1", "utterance_id": "u1"})
INTERRUPT: Happening = (5.0, "event", {"type": "interrupt", "utterance_ids": ["u1"], "by": "button"})
BEGINNING: list[Happening] = [
    (1.0, "ack", {"ref": "q1", "utterance_id": "u1"}),
    utterance(1.0, "queued"),
    (1.0, "event", {"type": "transcript", "who": "user", "text": "Question 1: why?"}),
    request(1.0, 1, "Question 1: why?"),
    (1.0, "llm over", {"n": 1}),
    utterance(1.1, "sent"),
    up(1.1, "Answer 1. ", 1),
    STATUS,
    utterance(1.2, "started"),
    clause(1.2, 1, "Answer 1. ", "started"),
    clause(2.2, 1, "Answer 1. ", "ended"),
    clause(2.2, 2, "Nobody knew why! ", "started"),
    up(2.2, "Nobody knew why! ", 2),
    clause(4.9, 2, "Nobody knew why! ", "ended"),
]
STOP = [INTERRUPT, up(5.0, "", 3, stop=True)]
END = [utterance(5.0, "interrupted")]


def again(heard: str) -> list[Happening]:
    """The next question, with what the model is told of the first answer."""
    return [
        (6.0, "ack", {"ref": "q2", "utterance_id": "u2"}),
        utterance(6.0, "queued", "u2"),
        (6.0, "event", {"type": "transcript", "who": "user", "text": "Question 2: when?"}),
        request(6.0, 2, *(["Question 1: why?", heard] if heard else []), "Question 2: when?"),
        (6.0, "llm over", {"n": 2}),
        utterance(6.5, "failed", "u2"),
    ]


def judged(*happenings: Happening) -> list[str]:
    async def judge() -> list[str]:
        trace = Trace(0.0)
        for at, kind, data in happenings:
            trace.add(at, kind, data)
        return Judge(trace, [ANSWER, "Answer 2."], told=True, streams=True, delay_s=0.0).wrong()

    return asyncio.run(judge())


def test_nothing_is_wrong_with_a_good_story() -> None:
    assert judged(*BEGINNING, *STOP, *END, *again("Answer 1. Nobody knew why! …")) == []


@pytest.mark.parametrize(
    ("story", "wrong"),
    [
        ([*BEGINNING, *STOP], "utterance u1 lived ['queued', 'sent', 'started']"),
        ([*BEGINNING, *STOP, *END, *END], "lived"),
        ([*BEGINNING, *STOP, utterance(5.0, "ended")], "ended ended; interrupted: True"),
        ([*BEGINNING, utterance(5.0, "interrupted")], "ended interrupted; interrupted: False"),
        ([*BEGINNING, INTERRUPT, *END], "its drive r1 goes on"),
        ([*BEGINNING, *STOP, up(5.2, "They all went", 4), *END], "sent of an interrupted utterance"),
        ([*BEGINNING, *STOP, up(5.2, "They all went", 4), *END], "sent after the stop"),
        ([*BEGINNING, *STOP, clause(5.2, 3, "They all", "started"), *END], "told of an interrupted utterance"),
        ([*BEGINNING, *STOP, *END, *again(ANSWER)], "no more than 'Answer 1. Nobody knew why! ' was heard"),
        ([*BEGINNING, *STOP, *END, *again("Answer 1. …")], "but 'Answer 1. Nobody knew why!' was heard"),
        ([*BEGINNING, *STOP, *END, *again("Answer 7.")], "as the answer to the last of [1]"),
        ([*BEGINNING, *STOP, *END, request(6.0, 2, "Question 1: why?")], "the model writes until inf"),
    ],
)
def test_what_is_wrong_is_found(story: list[Happening], wrong: str) -> None:
    assert any(wrong in complaint for complaint in judged(*story))
