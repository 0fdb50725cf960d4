"""Utterances on their way to a recogniser that does as it is told."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

from bridge.talk.ears import BEFORE_S, Ears
from dialog.ears import SECOND, Transcript
from dialog.errors import AsrUnauthorized, DialogError
from dialog.turnevents import Final, Partial


class Scripted:
    """Understands the length of the sound, once it may; the first sound brings a partial transcript."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.may.set()
        self.error: Exception | None = None
        self.languages: list[str | None] = []
        self.cancelled = 0

    async def hear(
        self,
        sound: AsyncIterator[bytes],
        *,
        language: str | None = None,
        on_partial: Callable[[str], None] | None = None,
    ) -> Transcript:
        self.languages.append(language)
        pcm = b""
        try:
            async for block in sound:
                if not pcm and on_partial is not None:
                    on_partial("so far")
                pcm += block
            await self.may.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return Transcript(f"{len(pcm)} bytes", len(pcm) / SECOND)

    async def aclose(self) -> None: ...


class Room:
    """Ears, and what they told."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.recognizer = Scripted()
        self.told: list[Partial | Final | DialogError | str] = []
        self.ears = Ears(
            self.recognizer,
            tasks,
            self.told.append,
            self.told.append,
            worked=lambda: self.told.append("worked"),
            language="en",
        )

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


@asynccontextmanager
async def room() -> AsyncGenerator[Room]:
    async with asyncio.TaskGroup() as tasks:
        room = Room(tasks)
        yield room
        room.ears.close()
        room.ears.close()


async def test_an_utterance_has_the_sound_from_a_little_before() -> None:
    async with room() as here:
        here.ears.feed(bytes(10 * SECOND))  # a piece is kept whole, however long
        for _ in range(100):
            here.ears.feed(bytes(1000))
        here.ears.listen(1)
        here.ears.feed(bytes(500))
        here.ears.finish(1)
        here.ears.feed(bytes(500))
        await here.settle()
        assert here.told == [Partial(1, "so far"), "worked", Final(1, f"{round(BEFORE_S * SECOND) + 500} bytes")]
        assert here.recognizer.languages == ["en"]


async def test_another_microphone_begins_with_nothing() -> None:
    async with room() as here:
        here.ears.feed(bytes(1000))
        here.ears.begin()
        here.ears.listen(1)
        here.ears.finish(1)
        await here.settle()
        assert here.told == [Final(1, "0 bytes")]  # and that it works was not seen


async def test_two_are_understood_at_the_same_time() -> None:
    async with room() as here:
        here.recognizer.may.clear()
        here.ears.listen(1)
        here.ears.feed(bytes(SECOND))
        here.ears.finish(1)
        here.ears.listen(2)
        here.ears.feed(bytes(2))
        here.ears.finish(2)
        await here.settle()
        here.recognizer.may.set()
        await here.settle()
        finals = [each for each in here.told if isinstance(each, Final)]
        assert finals == [Final(1, f"{SECOND} bytes"), Final(2, f"{SECOND + 2} bytes")]


async def test_one_that_is_dropped_says_nothing_more() -> None:
    async with room() as here:
        here.ears.listen(1)
        await here.settle()
        here.ears.drop(1)
        here.ears.drop(1)
        here.ears.finish(1)
        await here.settle()
        assert here.told == []
        assert here.recognizer.cancelled == 1


async def test_a_failure_is_told_after_the_empty_transcript() -> None:
    async with room() as here:
        for error in (AsrUnauthorized("check the key"), RuntimeError("private")):
            here.told.clear()
            here.recognizer.error = error
            here.ears.listen(1)
            here.ears.finish(1)
            await here.settle()
            final, failure = here.told
            assert final == Final(1, "")
            assert isinstance(failure, DialogError)
            assert "private" not in str(failure)
