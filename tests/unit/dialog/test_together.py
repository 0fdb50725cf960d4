"""Ears, turn-taking, model and clauses together, over real HTTP; time is the test's own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from dialog.ears import SECOND, Recognizer, Sound
from dialog.listening import load_listening
from dialog.llm import OpenAIDialog
from dialog.persona import Persona
from dialog.realtime import RealtimeTranscriber
from dialog.segment import Segmenter
from dialog.speakable import Speakable
from dialog.timeline import Stage, Timeline
from dialog.transcriber import OpenAITranscriber
from dialog.turnevents import (
    Ask,
    Effect,
    Ended,
    Event,
    Final,
    FinishListening,
    FirstToken,
    Listen,
    Partial,
    Sent,
    Started,
    Stop,
    VoiceEnded,
    VoiceStarted,
)
from dialog.turns import Turns
from tests.support.fake_openai import FakeOpenAI, Reply, Stall

CONFIG = Path(__file__).parents[3] / "config"
PERSONA = Persona.load(CONFIG / "personas" / "default.toml")


class Talker:
    """The least shell around the pieces: carries effects out, and feeds back what comes of them."""

    def __init__(self, recognizer: Recognizer, dialog: OpenAIDialog) -> None:
        self.turns = Turns(listening=load_listening(CONFIG / "listening"), fillers=PERSONA.fillers)
        self.recognizer = recognizer
        self.dialog = dialog
        self.now = 0.0
        self.sound = Sound()
        self.hearing: asyncio.Task[None] | None = None
        self.answering: asyncio.Task[None] | None = None
        self.clauses: list[str] = []
        self.spoke = asyncio.Event()
        self.partials: list[str] = []
        self.timeline = Timeline(1)
        self.effects: list[Effect] = []

    def give(self, event: Event) -> None:
        self.carry_out(self.turns.receive(event, self.now))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.carry_out(self.turns.tick(self.now))

    def carry_out(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            match effect:
                case Listen(ear):
                    self.sound = Sound()
                    self.hearing = asyncio.create_task(self.hear(ear, self.sound))
                case FinishListening():
                    self.timeline.mark(Stage.SPEECH_ENDED, self.now)
                    self.sound.finish()
                case Ask(turn, text):
                    self.answering = asyncio.create_task(self.answer(turn, text))
                case Stop() if self.answering is not None:
                    self.answering.cancel()
                case _:
                    pass

    async def hear(self, ear: int, sound: Sound) -> None:
        def on_partial(text: str) -> None:
            self.partials.append(text)
            self.give(Partial(ear, text))

        transcript = await self.recognizer.hear(sound, on_partial=on_partial)
        self.timeline.mark(Stage.TRANSCRIPT, self.now)
        self.give(Final(ear, transcript.text))

    async def answer(self, turn: int, text: str) -> None:
        speech, cut = Speakable(), Segmenter()
        async with aclosing(self.dialog.answer([], text)) as tokens:
            async for token in tokens:
                self.timeline.mark(Stage.FIRST_TOKEN, self.now)
                self.give(FirstToken(turn))
                self.say(turn, cut.feed(speech.feed(token)))
        self.say(turn, [*cut.feed(speech.finish()), *cut.finish()])
        self.give(Ended(turn))

    def say(self, turn: int, clauses: list[str]) -> None:
        for clause in clauses:
            self.timeline.mark(Stage.FIRST_FRAGMENT, self.now)
            self.clauses.append(clause)
            self.spoke.set()
            self.give(Sent(turn, clause))
            self.give(Started(turn))


@pytest.fixture
async def server() -> AsyncGenerator[FakeOpenAI, None]:
    async with FakeOpenAI.running() as running:
        yield running


@pytest.fixture(params=["upload", "realtime"])
async def talker(server: FakeOpenAI, request: pytest.FixtureRequest) -> AsyncGenerator[Talker, None]:
    recognizer = (
        OpenAITranscriber(base_url=server.base_url, model="m")
        if request.param == "upload"
        else RealtimeTranscriber(
            base_url=server.base_url, model="m", new_resampler=lambda: lambda pcm, last: pcm + pcm[: len(pcm) // 2]
        )
    )
    dialog = OpenAIDialog(base_url=server.base_url, model="m", system_prompt=PERSONA.system_prompt)
    yield Talker(recognizer, dialog)
    await recognizer.aclose()
    await dialog.aclose()


async def finished(task: asyncio.Task[None] | None) -> None:
    assert task is not None
    await asyncio.wait_for(task, 5)


async def test_a_spoken_question_is_answered_in_clauses(server: FakeOpenAI, talker: Talker):
    server.speech.transcripts = {1.0: "电梯在哪里？"}
    server.script(Reply(["**没问题", "！**电梯就在", "您的左边，", "请跟我来。"]))
    talker.give(VoiceStarted())
    for _ in range(10):
        talker.sound.feed(bytes(SECOND // 10))
        talker.wait(0.1)
    talker.give(VoiceEnded())
    talker.wait(0.7)
    await finished(talker.hearing)
    talker.wait(0.25)
    await finished(talker.answering)
    assert talker.clauses == ["没问题！", "电梯就在您的左边，请跟我来。"]
    assert talker.turns.state == "idle"
    assert talker.turns.language == "zh"
    assert server.requests[0].body.messages[0].content.startswith("你是小云")
    record = talker.timeline.record("ended")
    assert (record.transcript_ms, record.first_fragment_ms) == (0, 250)


async def test_who_interrupts_ends_the_stream_of_the_model(server: FakeOpenAI, talker: Talker):
    server.speech.transcripts = {1.0: "Tell me a story."}
    server.script(Reply(["Once upon a time. ", "There", Stall()]))
    talker.give(VoiceStarted())
    talker.sound.feed(bytes(SECOND))
    talker.give(VoiceEnded())
    talker.wait(0.7)
    await finished(talker.hearing)
    answering = talker.answering
    assert answering is not None
    await asyncio.wait_for(talker.spoke.wait(), 5)
    talker.give(VoiceStarted())
    talker.wait(0.4)
    assert Stop(1, "voice") in talker.effects
    await asyncio.wait({answering})
    assert answering.cancelled()
    await asyncio.wait_for(server.requests[0].closed.wait(), 5)
    assert talker.clauses == ["Once upon a time. "]
    assert talker.hearing is not None
    talker.hearing.cancel()
    await asyncio.wait({talker.hearing})
