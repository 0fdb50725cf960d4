"""What must hold in every story."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tests.support.story.memory import NEVER, SAME, Memory, answered, asked
from tests.support.story.trace import Entry, Trace

ENDS = {"ended", "interrupted", "failed"}
OVER = {"TextOver", "AudioOver"}
ORDER = ["queued", "sent", "started"]
_ANSWER = re.compile(r"Answer (\d+)\.|答案(\d+)号")
_NOTICE = re.compile(r"Notice (\d+)\.")


class Judge:
    """`told`: the cloud tells of clauses; `streams`: a stop is a packet; `delay_s`: how late the players are."""

    def __init__(self, trace: Trace, answers: list[str], *, told: bool, streams: bool, delay_s: float) -> None:
        self._trace = trace
        self._streams = streams
        self._asked = {e.data["ref"]: e.data["utterance_id"] for e in trace.of("ack") if e.data["utterance_id"]}
        questions = answered(trace)
        self._answers = {e.data["n"]: questions.get(asked(e.data["messages"])) for e in trace.of("llm")}
        self._memory = Memory(trace, answers, questions, told=told, delay_s=delay_s)

    @property
    def heard(self) -> list[tuple[str, str]]:
        """The answers that somebody did not hear to their end, and what the model is told of them."""
        return self._memory.heard

    def wrong(self) -> list[str]:
        """Return what is wrong, in words."""
        owners: dict[str, str] = {}
        return [
            *self._ends(),
            *self._find_owners(owners),
            *self._silence(owners),
            *self._stops(owners),
            *self._thinking(),
            *self._memory.wrong(),
        ]

    def _interrupted(self) -> dict[str, float]:
        """Return when somebody interrupted what had not ended; what the cloud has said players may still play."""
        ended: set[str] = set()
        interrupted: dict[str, float] = {}
        for entry in self._trace.of("event"):
            if entry.data["type"] == "utterance" and entry.data["status"] in ENDS:
                ended.add(entry.data["utterance_id"])
            elif entry.data["type"] == "interrupt":
                interrupted |= {u: entry.at for u in entry.data["utterance_ids"] if u not in ended | {*interrupted}}
        return interrupted

    def _ends(self) -> Iterator[str]:
        """Every utterance that was accepted has one end, after what comes before, and `interrupt` tells of its own."""
        lives: dict[str, list[str]] = defaultdict(list)
        for entry in self._trace.of("event", type="utterance"):
            lives[entry.data["utterance_id"]].append(entry.data["status"])
        interrupted = self._interrupted()
        for utterance_id in {*lives, *self._asked.values()}:
            life = lives[utterance_id]
            before, end = life[:-1], life[-1:]
            if not before or before != ORDER[: len(before)] or end[0] not in ENDS:
                yield f"utterance {utterance_id} lived {life}"
            elif (end[0] == "interrupted") != (utterance_id in interrupted):
                yield f"utterance {utterance_id} ended {end[0]}; interrupted: {utterance_id in interrupted}"

    def _silence(self, owners: dict[str, str]) -> Iterator[str]:
        """Nothing of what was interrupted is sent or told any more, and nothing follows a stop."""
        silent: set[str] = set()
        stopped: set[str] = set()
        for entry in self._trace.entries:
            data = entry.data
            if entry.kind == "event" and data["type"] == "interrupt":
                silent |= set(data["utterance_ids"])
            elif entry.kind == "event" and data.get("utterance_id") in silent:
                if data["type"] == "sentence" or data.get("status") in {"sent", "started"}:
                    yield f"{entry.at:.3f}: told of an interrupted utterance: {data}"
            elif entry.kind == "up":
                if (_text(entry) or _sounds(entry)) and owners.get(data["ReqId"]) in silent:
                    yield f"{entry.at:.3f}: sent of an interrupted utterance: {data}"
                if _is_stop(entry):
                    stopped.add(data["ReqId"])
                elif data["ReqId"] in stopped:
                    yield f"{entry.at:.3f}: sent after the stop: {data}"

    def _stops(self, owners: dict[str, str]) -> Iterator[str]:
        """A drive that speaks as somebody interrupts is stopped in the same moment, as long as the cloud is well.

        One of sound is stopped by the frame that ends it, too, which may have gone before.
        """
        if not self._streams:
            return
        interrupted = {u: at for u, at in self._interrupted().items() if at < self._memory.fault_at}
        for utterance_id, at in interrupted.items():
            for req_id in (r for r, owner in owners.items() if owner == utterance_id):
                ends = [e for e in self._trace.of("down", ReqId=req_id) if e.data.get("SpeakStatus") in OVER]
                over = min((e.at for e in ends), default=NEVER)
                sent = self._trace.of("up", ReqId=req_id)
                speaks = sent and sent[0].at < at - SAME and over > at + SAME
                if speaks and not any(_is_stop(e) and e.at <= at + SAME for e in sent):
                    yield f"{at:.3f}: {utterance_id} is interrupted, and its drive {req_id} goes on"

    def _thinking(self) -> Iterator[str]:
        """For an answer that nobody wants any more the model works no longer, as long as the cloud is well."""
        interrupted = self._interrupted()
        for request in self._trace.of("llm"):
            at = interrupted.get(self._answers[request.data["n"]] or "", NEVER)
            over = min((e.at for e in self._trace.of("llm over", n=request.data["n"])), default=NEVER)
            if at < self._memory.fault_at and (request.at > at + SAME or (over > at + SAME and at < NEVER)):
                yield f"{request.at:.3f}: the model writes until {over:.3f} what was interrupted at {at:.3f}"

    def _find_owners(self, owners: dict[str, str]) -> Iterator[str]:
        """Whose the drives are is told by the session, and by the numbers in their words: both say the same."""
        owners |= {
            e.data["req_id"]: e.data["utterance_id"]
            for e in self._trace.of("event", type="speak.status")
            if e.data["utterance_id"]
        }
        for entry in self._trace.of("up"):
            req_id, owner = entry.data["ReqId"], self._owner(_text(entry))
            if owner is not None and owners.setdefault(req_id, owner) != owner:
                yield f"{entry.at:.3f}: {_text(entry)!r} is not of {owners[req_id]}"

    def _owner(self, text: str) -> str | None:
        if (notice := _NOTICE.search(text)) is not None:
            return self._asked.get(f"n{notice[1]}")
        if (answer := _ANSWER.search(text)) is not None:
            return self._answers.get(int(answer[1] or answer[2]))
        return None


def _text(entry: Entry) -> str:
    data: dict[str, Any] = entry.data.get("Data") or {}
    return str(data.get("Text", ""))


def _is_stop(entry: Entry) -> bool:
    data: dict[str, Any] = entry.data.get("Data") or {}
    ends = data.get("IsFinal") if entry.data["Command"] == "SEND_AUDIO" else data.get("Interrupt")
    return bool(ends) and not _text(entry) and not _sounds(entry)


def _sounds(entry: Entry) -> bool:
    data: dict[str, Any] = entry.data.get("Data") or {}
    return bool(data.get("Audio"))
