"""Sound that somebody brings as a file, spoken by the avatar while it still arrives."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog

from audio.decode import Decoder
from audio.errors import AudioError
from audio.pcm import HOUSE_RATE, Samples, to_bytes
from audio.streaming import AsyncDecoder, decode_async
from bridge.errors import AudioTooLarge, AudioTruncated, BridgeError, ModeMismatch, SessionEnded
from bridge.session.events import Problem
from bridge.session.session import Session
from bridge.talk.voice_errors import of_audio
from bridge.talk.voice_feed import BROKEN, VoiceFeed
from bridge.talk.voice_file import FilePace

log = structlog.stdlib.get_logger("bridge.talk")

MAX_S = 3_600
"""One utterance of sound lasts no longer."""
TOO_LONG = Problem(AudioTooLarge.code, f"the sound is longer than {MAX_S} s; so much of it was spoken")
TRUNCATED = Problem(AudioTruncated.code, "the sound is shorter than its file says; what there is was spoken")


@dataclass(frozen=True, slots=True)
class Manner:
    """How sound is to be spoken: at most `lead_ms` of it are sent ahead of real time, `burst` frames at once."""

    lead_ms: int
    burst: int = 0
    interrupt: bool = False
    ref: str | None = None


class Playing:
    """The sound of one utterance while it is fed; a thread decodes no faster than it is spoken."""

    def __init__(self, feed: VoiceFeed, decoder: AsyncDecoder[Decoder], first: Samples) -> None:
        self.utterance_id = feed.utterance_id
        self.over = asyncio.Event()
        self._feed = feed
        self._decoder = decoder
        self._first = first

    async def run(self) -> None:
        """Decode and feed until the utterance has it all, or wants no more."""
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read(), name=f"voice-read-{self.utterance_id}")
                await self._feed.run()
                reading.cancel()
        finally:
            self.over.set()
            await self._decoder.aclose()

    async def _read(self) -> None:
        problem: Problem | None = None
        try:
            problem = await self._receive_all()
        except AudioError as error:
            problem = problem_of(of_audio(error))
        except BridgeError as error:
            problem = problem_of(error)
        except Exception:
            log.exception("voice_source_broken")
            problem = BROKEN
        finally:
            self._feed.end(problem)

    async def _receive_all(self) -> Problem | None:
        """Hand on every block; return what was wrong with the sound as a whole."""
        left = MAX_S * HOUSE_RATE - self._first.size
        self._feed.receive(to_bytes(self._first))
        await self._feed.room()
        async for block in self._decoder:
            if block.size > left:
                return TOO_LONG
            left -= block.size
            self._feed.receive(to_bytes(block))
            await self._feed.room()
        return TRUNCATED if self._decoder.blocks.truncated else None


async def begin(session: Session, pieces: AsyncIterator[bytes], manner: Manner, tasks: asyncio.TaskGroup) -> Playing:
    """Return the playing of a file that arrives in `pieces`, once its first sound is there; a task of `tasks` does it.

    Raises ModeMismatch, SessionEnded, QueueFull, what `of_audio` returns, and what the pieces raise.
    """
    if session.new.mode != "audio":
        raise ModeMismatch("this session is for text; create one with mode audio to have sound spoken")
    if session.is_over:
        raise SessionEnded("the session says nothing more; create a new one")
    decoder = decode_async(pieces)
    try:
        first = await anext(decoder)
        utterance_id = session.open_utterance("audio", interrupt=manner.interrupt, ref=manner.ref)
    except AudioError as error:
        await decoder.aclose()
        raise of_audio(error) from None
    except BaseException:
        await decoder.aclose()
        raise
    playing = Playing(VoiceFeed(session, utterance_id, FilePace(manner.lead_ms, manner.burst)), decoder, first)
    tasks.create_task(playing.run(), name=f"voice-{utterance_id}")
    return playing


def problem_of(error: BridgeError) -> Problem:
    """Return `error` as an event tells it."""
    return Problem(error.code, error.message, error.retryable)
