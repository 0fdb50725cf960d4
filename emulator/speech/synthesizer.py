"""The synthesiser as the cloud uses it: `await synthesizer.speak(text)`, with the work in a process of its own."""

import asyncio
import sys

from audio.pcm import from_bytes
from emulator.child import environment
from emulator.performance import Phoneme
from emulator.speech import pipe
from emulator.speech.speech import Speech, Voice

ANSWER_SECONDS = 15.0
MAX_WAITING = 256
"""Texts that may wait for the one process; beyond that `speak` raises SpeechError."""


class SpeechError(Exception):
    """The synthesiser could not speak this text."""


class Synthesizer:
    """Owns the process that speaks; starts it when first needed and again when it has died."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process that speaks, None while there is none."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the process now, so that the first text does not wait for it."""
        async with self._lock:
            await self._running()

    async def speak(self, text: str, voice: Voice | None = None) -> Speech:
        """Return `text` spoken with `voice`; a text with nothing to speak gives no samples and no phonemes.

        Raises ValueError for more than 4000 bytes of text and SpeechError when the synthesiser fails twice.
        """
        if len(text.encode(errors="replace")) > pipe.MAX_TEXT_BYTES:
            raise ValueError(f"a text to speak has at most {pipe.MAX_TEXT_BYTES} bytes")
        if self._closed or self._waiting >= MAX_WAITING:
            raise SpeechError("the synthesiser is closed" if self._closed else "too many texts wait to be spoken")
        how = voice or Voice()
        request = pipe.frame(pipe.Request(text.encode(errors="replace").decode(), how.speed, how.volume))
        self._waiting += 1
        try:
            async with self._lock:
                answer = await self._ask_twice(request)
        finally:
            self._waiting -= 1
        if answer.error is not None:
            raise SpeechError(answer.error)
        phonemes = tuple(Phoneme(p.symbol, p.language, p.start, p.end) for p in answer.phonemes)
        return Speech(from_bytes(answer.pcm), phonemes, answer.actions)

    async def aclose(self) -> None:
        """End the process."""
        self._closed = True
        async with self._lock:
            await self._stop()

    async def _ask_twice(self, request: bytes) -> pipe.Answer:
        try:
            return await self._ask(request)
        except SpeechError:
            return await self._ask(request)

    async def _ask(self, request: bytes) -> pipe.Answer:
        """Put one request to the process; whenever it does not answer well, the process is ended."""
        answered = False
        try:
            process = await self._running()
            if process.stdin is None or process.stdout is None:
                raise SpeechError("the synthesiser has no pipes")
            async with asyncio.timeout(ANSWER_SECONDS):
                process.stdin.write(request)
                await process.stdin.drain()
                (length,) = pipe.LENGTH.unpack(await process.stdout.readexactly(pipe.LENGTH.size))
                if length > pipe.MAX_FRAME_BYTES:
                    raise SpeechError("the synthesiser answers out of measure")
                answer = pipe.decode_answer(await process.stdout.readexactly(length))
            answered = True
        except (OSError, EOFError, TimeoutError) as error:
            raise SpeechError("the synthesiser does not answer") from error
        else:
            return answer
        finally:
            if not answered:
                await self._stop()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._closed:
            raise SpeechError("the synthesiser is closed")
        if self._process is None or self._process.returncode is not None:
            await self._stop()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "emulator.speech.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environment(),
                limit=1024 * 1024,
            )
        return self._process

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            process.kill()
        await process.wait()
