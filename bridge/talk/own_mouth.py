"""A voice of our own: what is to be said is made into sound here, and the avatar's lips follow that."""

import asyncio
from collections import OrderedDict

from bridge.session.events import InterruptSource, Problem
from bridge.session.session import Session
from bridge.talk.mouth import Excuse
from bridge.talk.own_speech import OwnSpeech, Voice

KEPT = 32
"""Utterances whose clauses' lengths are known; those that have not ended are 17 at most."""


class OwnMouth:
    """A `Mouth` of a session of mode audio: sound goes out `lead_ms` ahead, the work is done by tasks of `tasks`.

    Utterances that the session opened by itself stay its own.
    """

    def __init__(self, session: Session, voice: Voice, tasks: asyncio.TaskGroup, lead_ms: int) -> None:
        self.progress = session.progress
        self._session = session
        self._voice = voice
        self._tasks = tasks
        self._lead_ms = lead_ms
        self._speeches: OrderedDict[str, OwnSpeech] = OrderedDict()

    def open(
        self,
        *,
        interrupt: bool = False,
        by: InterruptSource = "api",
        ref: str | None = None,
        excuse: Excuse | None = None,
    ) -> str:
        """Accept an utterance and return its id. Raises SessionEnded, QueueFull."""
        utterance_id = self._session.open_utterance("audio", interrupt=interrupt, by=by, ref=ref)
        speech = OwnSpeech(self._session, utterance_id, self._voice, self._lead_ms, excuse)
        self._speeches[utterance_id] = speech
        if len(self._speeches) > KEPT:
            self._speeches.popitem(last=False)
        self._tasks.create_task(speech.run(), name=f"voice-{utterance_id}")
        return utterance_id

    def push(self, utterance_id: str, clause: str, *, last: bool = False) -> None:
        """Add a clause, the `last` one perhaps; an utterance that has ended takes no more. Raises QueueFull."""
        if utterance_id not in self._speeches:
            self._session.push(utterance_id, clause, last=last)
        elif self.is_open(utterance_id):
            self._speeches[utterance_id].push(clause, last=last)

    def finish(self, utterance_id: str, error: Problem | None = None) -> None:
        """Say that no clause follows; with `error` the utterance ends `failed` after what came was spoken."""
        if utterance_id in self._speeches:
            self._speeches[utterance_id].finish(error)
        else:
            self._session.finish(utterance_id, error)

    def is_open(self, utterance_id: str) -> bool:
        """Return whether the utterance still takes clauses."""
        speech = self._speeches.get(utterance_id)
        return self._session.is_open(utterance_id) and (speech is None or not speech.failed)

    def waiting(self, utterance_id: str) -> int:
        """Return how many characters wait to be spoken."""
        if utterance_id not in self._speeches:
            return self._session.waiting(utterance_id)
        return self._speeches[utterance_id].waiting if self.is_open(utterance_id) else 0

    def seconds(self, utterance_id: str, number: int) -> float | None:
        """Return how long the sound of a clause is, or None until all of it is made."""
        speech = self._speeches.get(utterance_id)
        return None if speech is None else speech.seconds(number)
