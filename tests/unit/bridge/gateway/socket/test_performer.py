"""The microphone's floor and what players report, with real conversations and ears that only listen."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import aiohttp
import pytest

from bridge.clouds.tencent.client import TencentClient
from bridge.errors import FloorTaken, Forbidden, ModeMismatch, NoVoice
from bridge.gateway.access import Caller
from bridge.gateway.socket.messages import Ack, AudioEnd, AudioProgress, AudioStart, Media, Reply
from bridge.gateway.socket.performer import Performer
from bridge.session.measures import Measures
from bridge.session.new import NewSession
from bridge.session.session import Session
from bridge.settings import Settings
from bridge.talk.conversation import Conversation
from bridge.talk.dialogs import Dialogs
from bridge.talk.voice import OnWire, VoiceFormat
from bridge.telemetry.telemetry import Telemetry

DRIVER = Caller("driver", "s1", None, "c1")
WATCHER = Caller("watcher", "s1", None, "c2")


@dataclass
class Ear:
    """Writes down what it hears."""

    wanted: VoiceFormat
    utterance_id: str | None = "u1"
    heard: list[str | bytes] = field(default_factory=list[str | bytes])

    def feed(self, pcm: bytes) -> None:
        self.heard.append(pcm)

    def end(self) -> None:
        self.heard.append("end")

    def lost(self) -> None:
        self.heard.append("lost")


class Studio:
    """One audio session, and everybody's ears."""

    def __init__(self, http: aiohttp.ClientSession, tasks: asyncio.TaskGroup) -> None:
        self.ears: list[Ear] = []
        self.lost: list[FloorTaken] = []
        self.told: list[Reply] = []
        self._client = TencentClient(
            base_url="http://127.0.0.1:9", channel_url="ws://127.0.0.1:9", appkey="a", accesstoken="b", http=http
        )
        self._tasks = tasks

    def conversation(self, *, mode: str = "audio", listening: bool = True) -> Conversation:
        new = NewSession(
            user_id=None,
            avatar=None,
            mode="audio" if mode == "audio" else "text",
            dialog=None,
            replace=False,
            metadata={},
        )
        session = Session("s1", "ab-1-s1", new, Settings(), self._client, Measures(Telemetry(), "s1", new.mode))
        dialogs = Dialogs.load(Settings())
        opener = self.listen if listening else None
        return Conversation(session, dialogs.part("builtin"), self._tasks, opener)

    def listen(self, wanted: VoiceFormat) -> Ear:
        self.ears.append(Ear(wanted))
        return self.ears[-1]

    def performer(self, conversation: Conversation, caller: Caller = DRIVER, client: str = "k1") -> Performer:
        return Performer(caller, client, conversation, self.lost.append, self.told.append)


@pytest.fixture
async def studio() -> AsyncGenerator[Studio]:
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        yield Studio(http, tasks)


def start(ref: str = "mic", *, take: bool = False) -> AudioStart:
    return AudioStart(
        type="audio.start", ref=ref, purpose="drive", sample_rate=48000, channels=2, encoding="s16le", take=take
    )


async def test_sound_goes_to_the_ear_until_the_end(studio: Studio) -> None:
    performer = studio.performer(studio.conversation())
    assert performer.do(start()) == Ack(ref="mic", utterance_id="u1")
    performer.sound(b"\1\2\3\4")
    performer.do(AudioEnd(type="audio.end", ref="mic"))
    performer.sound(b"\5\6\7\10")
    (ear,) = studio.ears
    assert ear.wanted == VoiceFormat("drive", 48000, 2, "mic")
    assert ear.heard == [b"\1\2\3\4", "end"]


async def test_who_asks_is_told_how_far_the_cloud_has_got(studio: Studio) -> None:
    performer = studio.performer(studio.conversation())
    performer.do(start())
    performer.do(AudioEnd(type="audio.end", ref="mic"))
    performer.do(start("other").model_copy(update={"progress": True, "gate": True, "silence_ms": 700}))
    silent, told = (ear.wanted for ear in studio.ears)
    assert silent.on_wire is None
    assert (told.gate, told.silence_ms, told.interrupt) == (True, 700, False)
    assert told.on_wire is not None
    told.on_wire(OnWire("u1", 4800, 12))
    assert studio.told == [AudioProgress(ref="other", utterance_id="u1", samples=4800, held_ms=12)]


async def test_one_has_the_floor_until_it_is_taken(studio: Studio) -> None:
    conversation = studio.conversation()
    one, two = studio.performer(conversation), studio.performer(conversation, client="k2")
    one.do(start())
    with pytest.raises(FloorTaken):
        two.do(start())
    assert len(studio.ears) == 1
    two.do(start(take=True))
    assert len(studio.lost) == 1
    one.sound(b"\0\0\0\0")
    two.sound(b"\1\1\1\1")
    assert [ear.heard for ear in studio.ears] == [["end"], [b"\1\1\1\1"]]
    one.do(AudioEnd(type="audio.end", ref="mic"))
    with pytest.raises(FloorTaken):
        one.do(start())
    two.lose_sound()
    assert studio.ears[1].heard == [b"\1\1\1\1", "lost"]
    one.do(start())
    assert len(studio.ears) == 3


async def test_nobody_loses_the_floor_to_one_who_cannot_speak(studio: Studio) -> None:
    conversation = studio.conversation(mode="text")
    with pytest.raises(ModeMismatch):
        studio.performer(conversation).do(start())
    assert conversation.floor.holder is None
    with pytest.raises(NoVoice):
        studio.performer(studio.conversation(listening=False)).do(start())
    with pytest.raises(Forbidden):
        studio.performer(studio.conversation(), WATCHER).do(start())


async def test_the_latest_report_of_each_player_is_kept(studio: Studio) -> None:
    conversation = studio.conversation()
    one, two = studio.performer(conversation, WATCHER, "k1"), studio.performer(conversation, DRIVER, "k2")
    for performer, delay_ms in ((one, 100), (two, 900), (one, 120)):
        performer.do(Media(type="media", utterance_id="u", state="sounding", delay_ms=delay_ms))
    assert {client: report.delay_ms for client, report in conversation.media.latest.items()} == {"k1": 120, "k2": 900}
    one.leave()
    one.leave()
    assert set(conversation.media.latest) == {"k2"}
