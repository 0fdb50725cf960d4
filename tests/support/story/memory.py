"""What a language model may be told of a story: the questions in their order, and of the answers what was heard."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.support.story.trace import Entry, Trace
from tests.support.story.world import spoken_s

MARK = " …"
NEVER = float("inf")
SAME = 0.001
"""Seconds within which two things are of one moment, and their order is not known."""
HELD_S = 1.5
"""So long before a voice counts as an interruption nobody may have heard anything any more."""
_QUESTION = re.compile(r"Question (\d+):")


@dataclass(frozen=True, slots=True)
class Cut:
    """When somebody stopped hearing an answer: not before `low`, not after `high`."""

    low: float = NEVER
    high: float = NEVER


def asked(messages: list[dict[str, Any]]) -> int:
    """Return the number of the question that a request is about."""
    return int(_QUESTION.findall(messages[-1]["content"])[-1])


def answered(trace: Trace) -> dict[int, str]:
    """Return the utterances of the answers by the numbers of their questions."""
    answers: dict[int, str] = {}
    opened = ""
    for entry in trace.of("event"):
        if entry.data["type"] == "utterance" and entry.data["status"] == "queued":
            opened = entry.data["utterance_id"]
        elif entry.data["type"] == "transcript" and entry.data["who"] == "user":
            answers |= dict.fromkeys(map(int, _QUESTION.findall(entry.data["text"])), opened)
    return answers


class Memory:
    """Judges the requests to the model.

    `told`: the cloud tells of clauses. `delay_s`: how late the players are that report. From the first fault on only
    what needs no clock is judged.
    """

    def __init__(
        self, trace: Trace, answers: list[str], utterances: dict[int, str], *, told: bool, delay_s: float
    ) -> None:
        self._trace = trace
        self._answers = answers
        self._utterances = utterances
        self._told = told
        self._delay_s = delay_s
        self._place = {id(entry): number for number, entry in enumerate(trace.entries)}
        self.fault_at = min((entry.at for entry in trace.of("fault")), default=NEVER)
        self.heard: list[tuple[str, str]] = []

    def wrong(self) -> Iterator[str]:
        """Yield what is wrong, in words."""
        for request in self._trace.of("llm"):
            questions: list[int] = []
            for message, following in pairwise([*request.data["messages"], {"role": "user"}]):
                if message["role"] == "assistant":
                    yield from (f"{request.at:.3f}: {why}" for why in self._answer(message, questions, request))
                    continue
                here = [int(number) for number in _QUESTION.findall(message["content"])]
                questions += here
                is_last = message is request.data["messages"][-1]
                for question in here[:-1] if is_last or following["role"] == "assistant" else here:
                    yield from self._nothing(question, request)
            yield from self._questions(questions, request)

    def _questions(self, questions: list[int], request: Entry) -> Iterator[str]:
        """The questions stand in the order in which they were asked, and none is from before a reset."""
        accepted = [e for e in self._trace.of("event", type="transcript", who="user") if e.at <= request.at]
        order = [int(number) for e in accepted for number in _QUESTION.findall(e.data["text"])]
        if any(number not in order for number in questions):
            yield f"{request.at:.3f}: questions {questions} of {order}"
            return
        places = [order.index(number) for number in questions]
        if places != sorted(set(places)):
            yield f"{request.at:.3f}: questions {questions}, asked in the order {order}"
        newest = self._place[id(accepted[places[-1]])]
        resets = [e for e in self._trace.of("act", type="reset done") if self._place[id(e)] < newest]
        since = self._place[id(resets[-1])] if resets else -1
        begun = [e for e in self._trace.of("act", type="http.reset") if self._place[id(e)] < since]
        for number, place in zip(questions, places, strict=True):
            if begun and self._place[id(accepted[place])] < self._place[id(begun[-1])]:
                yield f"{request.at:.3f}: question {number} is remembered, and was to be forgotten"

    def _answer(self, message: dict[str, str], questions: list[int], request: Entry) -> Iterator[str]:
        """An answer in the history is the beginning of one that was given, as long as it was heard."""
        content = message["content"]
        heard = content.removesuffix(MARK)
        answers = [text for text in self._tries(questions[-1]) if text.startswith(heard)] if questions else []
        if not answers:
            yield f"the history has {content!r} as the answer to the last of {questions}"
            return
        answer = answers[-1]
        if content != answer:
            self.heard.append((answer, content))
        least, most = self._bounds(questions[-1], answer, request)
        if not most.startswith(heard):
            yield f"the history has {heard!r}, but no more than {most!r} was heard"
        if not heard.startswith(least):
            yield f"the history has {heard!r}, but {least!r} was heard"

    def _nothing(self, question: int, request: Entry) -> Iterator[str]:
        """An answer that is not in the history was not heard."""
        for answer in self._tries(question):
            least, _ = self._bounds(question, answer, request)
            if least:
                yield f"{request.at:.3f}: the history has no answer to {question}, but {least!r} was heard"

    def _tries(self, question: int) -> list[str]:
        """Return the answers to a question."""
        requests = [e for e in self._trace.of("llm") if asked(e.data["messages"]) == question]
        return [self._answers[e.data["n"] - 1] for e in requests]

    def _bounds(self, question: int, answer: str, request: Entry) -> tuple[str, str]:
        """Return the least and the most of an answer that may have been heard before a request."""
        utterance_id = self._utterances.get(question)
        ends = [e for e in self._trace.of("event", type="utterance", utterance_id=utterance_id) if "heard" in e.data]
        if not self._told or not ends or ends[-1].at > self.fault_at:
            return "", answer
        cut = self._cut(utterance_id, ends[-1], request)
        clauses = self._trace.of("event", type="sentence", utterance_id=utterance_id)
        least = most = ""
        for begun in (e for e in clauses if e.data["status"] == "started"):
            text, seq = begun.data["text"], begun.data["seq"]
            if text.rstrip() not in answer:
                continue  # a filler
            over = min((e.at for e in clauses if e.data["seq"] == seq and e.data["status"] == "ended"), default=NEVER)
            least += text if over < cut.low - SAME else ""
            if begun.at > cut.high + SAME:
                break
            part = (cut.high - begun.at) / spoken_s(text)
            most += text if over <= cut.high + SAME else text[: min(len(text) - 1, int(len(text) * 1.5 * part) + 8)]
        return least.rstrip(), most

    def _cut(self, utterance_id: str | None, end: Entry, request: Entry) -> Cut:
        """Return when the hearing of an answer that has ended was cut short before a request."""
        for entry in self._trace.entries[: self._place[id(request)]]:
            if entry.kind == "event" and utterance_id in entry.data.get("utterance_ids", []):
                felt = self._felt(entry.at)
                return Cut(felt.low - HELD_S, felt.high) if entry.data["by"] == "voice" else felt
            others = entry.kind == "event" and entry.data["type"] == "interrupt" and entry.at >= end.at
            if others and entry.data["by"] == "voice":
                return Cut(self._felt(entry.at).low - HELD_S, NEVER)
            if entry.kind == "act" and _stops(entry.data) and entry.at >= end.at:
                felt = self._felt(entry.at)
                return felt if felt.high < end.at - SAME else Cut(min(felt.low, end.at), NEVER)
        return Cut()

    def _felt(self, at: float) -> Cut:
        """Return what time the slowest player plays that reports at a moment."""
        latest: dict[object, float] = {}
        unsure = False
        for entry in self._trace.of("act"):
            if entry.at > at + SAME:
                break
            if entry.data["type"] == "media":
                latest.setdefault(entry.data["page"], entry.at)
                unsure = unsure or entry.at > at - SAME
            elif entry.data["type"] == "break":
                unsure = unsure or (latest.pop(entry.data["page"], 0.0) > 0 and entry.at > at - SAME)
        if unsure:
            return Cut(at - self._delay_s, at)
        return Cut(at - self._delay_s, at - self._delay_s) if latest else Cut(at, at)


def _stops(act: dict[str, Any]) -> bool:
    """Whether an act of somebody stops what is being said."""
    return act["type"] in {"chat", "interrupt", "http.chat", "http.interrupt", "http.reset"} or bool(
        act.get("interrupt")
    )
