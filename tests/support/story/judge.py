"""What must hold in every story."""

import re
from collections import defaultdict
from typing import Any

from tests.support.story.trace import Entry, Trace

ENDS = {"ended", "interrupted", "failed"}
ORDER = ["queued", "sent", "started"]
MARK = " …"
_ANSWER = re.compile(r"Answer (\d+)\.|答案(\d+)号")
_NOTICE = re.compile(r"Notice (\d+)\.")
_QUESTION = re.compile(r"Question (\d+):")


class Judge:
    """`told`: the cloud tells of clauses; `faults`: it may have misbehaved; `delay_s`: no player was later."""

    def __init__(self, trace: Trace, answers: list[str], *, told: bool, faults: bool, delay_s: float) -> None:
        self._trace = trace
        self._answers = answers
        self._told = told
        self._faults = faults
        self._delay_s = delay_s
        self._place = {id(entry): number for number, entry in enumerate(trace.entries)}
        self._asked = {e.data["ref"]: e.data["utterance_id"] for e in trace.of("ack") if e.data["ref"]}
        self.heard: list[tuple[str, str]] = []

    def wrong(self) -> list[str]:
        """Return what is wrong, in words."""
        return [*self._ends(), *self._silence(), *self._history()]

    # Every utterance has one end, after what comes before.

    def _ends(self) -> list[str]:
        wrong: list[str] = []
        lives: dict[str, list[str]] = defaultdict(list)
        for entry in self._trace.of("event", type="utterance"):
            lives[entry.data["utterance_id"]].append(entry.data["status"])
        for utterance_id in {*lives, *self._asked.values()}:
            life = lives[utterance_id]
            before, end = life[:-1], life[-1:]
            if not end or end[0] not in ENDS or before != ORDER[: len(before)] or not before:
                wrong.append(f"utterance {utterance_id} lived {life}")
        interrupted = {u for e in self._trace.of("event", type="interrupt") for u in e.data["utterance_ids"]}
        for utterance_id, life in lives.items():
            if (life[-1] == "interrupted") != (utterance_id in interrupted):
                wrong.append(f"utterance {utterance_id} ended {life[-1]}; interrupted: {utterance_id in interrupted}")
        return wrong

    # Nothing of what was interrupted is sent or told any more.

    def _silence(self) -> list[str]:
        wrong: list[str] = []
        owners = self._owners(wrong)
        silent: set[str] = set()
        for entry in self._trace.entries:
            data = entry.data
            if entry.kind == "event" and data["type"] == "interrupt":
                silent |= set(data["utterance_ids"])
            elif entry.kind == "event" and data.get("utterance_id") in silent:
                if data["type"] == "sentence" or data.get("status") in {"sent", "started"}:
                    wrong.append(f"{entry.at:.3f}: told of an interrupted utterance: {data}")
            elif entry.kind == "up" and _text(entry) and owners.get(data["ReqId"]) in silent:
                wrong.append(f"{entry.at:.3f}: sent of an interrupted utterance: {data}")
        stopped: set[str] = set()
        for entry in self._trace.of("up"):
            packet = entry.data.get("Data", {})
            if packet.get("Interrupt") and not packet.get("Text"):
                stopped.add(entry.data["ReqId"])
            elif entry.data["ReqId"] in stopped:
                wrong.append(f"{entry.at:.3f}: sent after the stop: {entry.data}")
        return wrong

    def _owners(self, wrong: list[str]) -> dict[str, str]:
        """Return whose the drives are: by what the session told, and by the numbers in their words."""
        owners: dict[str, str] = {
            e.data["req_id"]: e.data["utterance_id"]
            for e in self._trace.of("event", type="speak.status")
            if e.data["utterance_id"]
        }
        for entry in self._trace.of("up"):
            text, req_id = _text(entry), entry.data["ReqId"]
            owner = self._owner(text) if text else None
            if owner is not None and owners.setdefault(req_id, owner) != owner:
                wrong.append(f"{entry.at:.3f}: {text!r} is not of {owners[req_id]}")
        return owners

    def _owner(self, text: str) -> str | None:
        if (notice := _NOTICE.search(text)) is not None:
            return self._asked.get(f"n{notice[1]}")
        if (answer := _ANSWER.search(text)) is not None:
            return self._answered(int(answer[1] or answer[2]))
        return None

    def _answered(self, number: int) -> str | None:
        """Return the utterance that the model's answer is for."""
        request = self._trace.of("llm", n=number)[0]
        question = _QUESTION.findall(request.data["messages"][-1]["content"])[-1]
        return self._asked.get(f"q{question}")

    # What the model is told.

    def _history(self) -> list[str]:
        wrong: list[str] = []
        for request in self._trace.of("llm"):
            questions: list[int] = []
            for message in request.data["messages"]:
                if message["role"] == "user":
                    questions += map(int, _QUESTION.findall(message["content"]))
                elif not questions:
                    wrong.append(f"{request.at:.3f}: an answer to nothing: {message}")
                else:
                    wrong += [
                        f"{request.at:.3f}: {why}" for why in self._message(message["content"], questions[-1], request)
                    ]
            wrong += self._remembered(questions, request)
        return wrong

    def _remembered(self, questions: list[int], request: Entry) -> list[str]:
        """Return what is wrong with the questions of a request: the newest was asked last, none before a reset."""
        accepted = [e for e in self._trace.of("event", type="transcript", who="user") if e.at <= request.at]
        order = [int(number) for e in accepted for number in _QUESTION.findall(e.data["text"])]
        if any(number not in order for number in questions):
            return [f"{request.at:.3f}: questions {questions} of {order}"]
        places = [order.index(number) for number in questions]
        wrong: list[str] = []
        if places != sorted(set(places)):
            wrong.append(f"{request.at:.3f}: questions {questions}, asked in the order {order}")
        newest = self._place[id(accepted[places[-1]])]
        resets = [e for e in self._trace.of("act", type="reset done") if self._place[id(e)] < newest]
        since = self._place[id(resets[-1])] if resets else -1
        begun = [e for e in self._trace.of("act", type="http.reset") if self._place[id(e)] < since]
        old = self._place[id(begun[-1])] if begun else -1
        return wrong + [
            f"{request.at:.3f}: question {number} is remembered, and was to be forgotten"
            for number, place in zip(questions, places, strict=True)
            if self._place[id(accepted[place])] < old
        ]

    def _message(self, content: str, question: int, request: Entry) -> list[str]:
        """Return what is wrong with an answer in a history."""
        heard = content.removesuffix(MARK)
        answers = [self._answers[n - 1] for n in self._tries(question) if self._answers[n - 1].startswith(heard)]
        if not answers:
            return [f"the history has {content!r} as the answer to question {question}"]
        answer = answers[-1]
        utterance_id = self._asked.get(f"q{question}")
        if utterance_id is None:
            return []
        if content != answer:
            self.heard.append((answer, content))
        least, most = self._bounds(utterance_id, answer, request)
        if not most.startswith(heard):
            return [f"the history has {heard!r}, but no more than {most!r} was heard"]
        if not heard.startswith(least):
            return [f"the history has {heard!r}, but {least!r} was heard"]
        return []

    def _tries(self, question: int) -> list[int]:
        """Return the numbers of the answers to a question."""
        return [
            e.data["n"]
            for e in self._trace.of("llm")
            if _QUESTION.findall(e.data["messages"][-1]["content"])[-1] == str(question)
        ]

    def _bounds(self, utterance_id: str, answer: str, request: Entry) -> tuple[str, str]:
        """Return the least and the most that may have been heard before a request."""
        before = self._trace.entries[: self._place[id(request)]]
        owned = {e.data["req_id"] for e in self._trace.of("event", type="speak.status", utterance_id=utterance_id)}
        sent = [_text(e) for e in before if e.kind == "up" and e.data["ReqId"] in owned]
        if self._faults or not self._told:
            return "", _joined(sent, answer) if self._told and not self._faults else answer
        cuts = [
            e.at
            for e in before
            if e.kind == "event" and e.data["type"] == "interrupt" and utterance_id in e.data["utterance_ids"]
        ]
        clauses = [e for e in before if _is_clause(e, utterance_id)]
        started = [e.data["text"] for e in clauses if e.data["status"] == "started"]
        if not cuts and self._delay_s:
            return "", _joined(started, answer)
        cut = min(cuts, default=float("inf")) - self._delay_s
        ended = [e.data["text"] for e in clauses if e.data["status"] == "ended" and e.at < cut]
        return _joined(ended, answer).rstrip(), _joined(started, answer)


def _text(entry: Entry) -> str:
    data: dict[str, Any] = entry.data.get("Data") or {}
    return str(data.get("Text", ""))


def _is_clause(entry: Entry, utterance_id: str) -> bool:
    return entry.kind == "event" and entry.data["type"] == "sentence" and entry.data["utterance_id"] == utterance_id


def _joined(clauses: list[str], answer: str) -> str:
    """Return the clauses as one text, without what is no part of the answer: a filler."""
    return "".join(clause for clause in clauses if clause.rstrip() in answer)
