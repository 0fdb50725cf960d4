"""The recognition of what is said in one conversation: a task for each utterance."""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from dialog.ears import SECOND, SHORTEST_S, Recognizer, Sound
from dialog.errors import AsrStreamBroken, DialogError
from dialog.turnevents import Final, Partial

log = structlog.stdlib.get_logger("bridge.talk")

BEFORE_S = 0.5
"""So much of the sound before an ear begins to listen belongs to it: by then a voice has been heard for a moment."""


class Ears:
    """Hands sound to the ears that listen; `told` gets what they understand, each one's `Final` exactly once.

    Where the recogniser fails the `Final` is empty and `failed` is called after it. An ear that is dropped tells
    nothing more. An ear keeps 60 s of sound, and what comes after that is not heard.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        tasks: asyncio.TaskGroup,
        told: Callable[[Partial | Final], None],
        failed: Callable[[DialogError], None],
        *,
        worked: Callable[[], None] = lambda: None,
        language: str | None = None,
    ) -> None:
        self._recognizer = recognizer
        self._tasks = tasks
        self._told = told
        self._failed = failed
        self._worked = worked
        self._language = language
        self._before: deque[bytes] = deque()
        self._before_bytes = 0
        self._open: dict[int, Sound] = {}
        self._hearing: dict[int, asyncio.Task[None]] = {}

    def feed(self, pcm: bytes) -> None:
        """Take the next piece of the microphone's sound, PCM of 16 kHz."""
        for sound in self._open.values():
            sound.feed(pcm)
        self._before.append(pcm)
        self._before_bytes += len(pcm)
        while self._before_bytes - len(self._before[0]) >= BEFORE_S * SECOND:
            self._before_bytes -= len(self._before.popleft())

    def begin(self) -> None:
        """Take note that another microphone begins: what was heard before is no part of it."""
        self._before.clear()
        self._before_bytes = 0

    def listen(self, ear: int) -> None:
        """Begin to recognise, with the sound from a little before."""
        sound = self._open[ear] = Sound()
        sound.feed(b"".join(self._before))
        self._hearing[ear] = self._tasks.create_task(self._hear(ear, sound), name=f"ear-{ear}")

    def finish(self, ear: int) -> None:
        """End the utterance; its transcript follows."""
        sound = self._open.pop(ear, None)
        if sound is not None:
            sound.finish()

    def drop(self, ear: int) -> None:
        """Recognise no further."""
        self._open.pop(ear, None)
        task = self._hearing.pop(ear, None)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """Drop all ears, and forget what was heard. May be called twice."""
        for ear in list(self._hearing):
            self.drop(ear)
        self.begin()

    async def _hear(self, ear: int, sound: Sound) -> None:
        text, error = "", None
        try:
            heard = await self._recognizer.hear(
                sound, language=self._language, on_partial=lambda text: self._tell_partial(ear, text)
            )
            text = heard.text
            if heard.seconds >= SHORTEST_S:
                self._worked()
        except DialogError as failure:
            error = failure
        except Exception:
            log.exception("ear_broken")
            error = AsrStreamBroken("the speech recognition failed unexpectedly; the log has more")
        # Whoever waits for this utterance is told before anything is made of a failure.
        self._open.pop(ear, None)
        if self._hearing.pop(ear, None) is None:
            return
        try:
            self._told(Final(ear, text))
            if error is not None:
                self._failed(error)
        except Exception:
            log.exception("ear_broken")  # this person's question is lost; the tasks of all others are in this group

    def _tell_partial(self, ear: int, text: str) -> None:
        """Tell what is understood so far, unless the ear was dropped: its recogniser may not know."""
        if ear in self._hearing:
            self._told(Partial(ear, text))
