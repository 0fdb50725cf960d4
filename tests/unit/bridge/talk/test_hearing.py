"""What is said when nothing can be understood, and how often."""

import asyncio
from collections.abc import AsyncIterator, Callable

import aiohttp

from bridge.clouds.tencent.client import TencentClient
from bridge.errors import QueueFull
from bridge.session.measures import Measures
from bridge.session.new import NewSession
from bridge.session.session import Session
from bridge.settings import Settings
from bridge.talk.hearing import Hearing, Recognition
from bridge.talk.turntaking import TurnTaking
from bridge.telemetry.telemetry import Telemetry
from dialog.ears import SECOND, Transcript
from dialog.errors import AsrError, AsrUnreachable
from dialog.turnevents import Ended, FinishListening, Listen, Started, Unheard
from dialog.turns import Turns


class Moody:
    """Understands nothing, or fails."""

    def __init__(self) -> None:
        self.error: AsrError | None = None

    async def hear(
        self,
        sound: AsyncIterator[bytes],
        *,
        language: str | None = None,
        on_partial: Callable[[str], None] | None = None,
    ) -> Transcript:
        if on_partial is not None:
            on_partial("so far")
        async for _ in sound:
            pass
        if self.error is not None:
            raise self.error
        return Transcript("", float(SECOND))

    async def aclose(self) -> None: ...


class Room:
    def __init__(self, http: aiohttp.ClientSession, tasks: asyncio.TaskGroup) -> None:
        client = TencentClient(
            base_url="http://127.0.0.1:9", channel_url="ws://127.0.0.1:9", appkey="a", accesstoken="b", http=http
        )
        new = NewSession(user_id=None, avatar=None, mode="text", dialog=None, replace=False, metadata={})
        self.session = Session("s1", "ab-1-s1", new, Settings(), client, Measures(Telemetry(), "s1", "text"))
        self.recognizer = Moody()
        self.apologies = 0
        self.full = False
        self.turns = TurnTaking(Turns(), lambda effects, event: None)
        self.hearing = Hearing(Recognition(self.recognizer), self.session, self.turns, tasks, self.apologise)

    def apologise(self) -> None:
        if self.full:
            raise QueueFull("later")
        self.apologies += 1

    async def hear(self, ear: int) -> None:
        self.hearing.carry_out(Listen(ear))
        self.hearing.carry_out(FinishListening(ear))
        for _ in range(10):
            await asyncio.sleep(0)


async def test_it_is_told_once_until_it_works_again_and_not_while_the_avatar_speaks() -> None:
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        room = Room(http, tasks)
        room.recognizer.error = AsrUnreachable("start it")
        room.turns.receive(Started(0))
        await room.hear(1)
        assert room.apologies == 0
        room.turns.receive(Ended(0))
        room.full = True
        await room.hear(2)
        room.full = False
        for ear, apologies in ((3, 1), (4, 1)):
            await room.hear(ear)
            assert room.apologies == apologies
        room.recognizer.error = None
        await room.hear(5)
        room.recognizer.error = AsrUnreachable("start it")
        await room.hear(6)
        assert room.apologies == 2
        room.turns.close()
        room.hearing.close()


async def test_what_is_understood_so_far_is_shown_and_taken_back() -> None:
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        room = Room(http, tasks)
        with room.session.subscribe() as client:
            await room.hear(1)
            room.hearing.carry_out(Unheard(1, "empty"))
            shown = [entry.json for entry in await client.take()]
        head = b'{"type":"transcript","who":"user","text":"'
        assert shown == [head + b'so far","final":false}', head + b'","final":false}']
        room.hearing.close()
        room.hearing.close()
