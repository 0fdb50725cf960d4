"""A conversation whose cloud fails at each of its steps in turn: the channel cut, a black hole, the cloud restarted.

Each case is a session of its own. It must be live again within two seconds, and every event be delivered exactly once
by the emulator's own transcript. The two seconds count from when the session notices, since the cloud can be reached
all the time: it notices a cut and a restart at once, a black hole when the cloud owes it something or by the ping, and
a call that is not answered when its time is over.

All cases run at once, before the first test; RESETS=table prints what came of them.
"""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from bridge.session.channel import PING_S, Timing
from bridge.session.new import NewSession
from bridge.session.outcomes import Outcome
from bridge.session.pool import Pool
from bridge.session.session import Session
from bridge.settings import Settings
from tests.contract.running import emulator
from tests.support.witness import Witness

CALLS = ("create:1", "stat:1", "stat:2", "start:1")
STEPS = (
    *CALLS,
    "connect:1",
    "beat:1",
    *(f"stream:{number}" for number in range(1, 9)),
    "WaitingTextStart:1",
    "WaitingTextStart:3",
    "TextStart:1",
    "TextStart:2",
    "TextStart:4",
    "SentenceStart:1",
    "SentenceStart:3",
    "SentenceStart:6",
    "SentenceNext:1",
    "SentenceNext:3",
    "SentenceOver:1",
    "SentenceOver:2",
    "WaitingTextOver:1",
    "TextOver:1",
    "TextOver:2",
    "TextOver:3",
)
FAULTS = ("drop", "blackhole", "restart")
TEXT_STEPS = (
    *(f"text:{number}" for number in range(1, 7)),
    "WaitingTextStart:2",
    "TextStart:1",
    "TextStart:3",
    "TextOver:1",
    "TextOver:2",
)
"""Steps of the same conversation where everything is said with SEND_TEXT."""
USUALLY = ("ended", "interrupted", "ended", "interrupted", "interrupted", "ended", "ended")
"""How the texts of the conversation end when nothing goes wrong."""
BACK_S = 2.0
LIMITS_S: Mapping[str, float] = {**dict.fromkeys(CALLS, 15.0), "connect:1": 10.0}
"""How long a call, the opening of a channel, may take before it counts as lost."""
TIMING = Timing(heartbeat_s=3.0, ping_s=PING_S)
"""The real ping; the heartbeat comes more often, so that a conversation has some."""
EMULATORS_FOR_RESTARTS = 9
PATIENCE_S = 50.0


@dataclass
class Case:
    """One fault at one step, and what came of it."""

    fault: str
    step: str
    command: str = "stream"
    began: float = 0.0
    live_after: float = 0.0
    cloud_session_ids: set[str] = field(default_factory=set[str])
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    witness: Witness | None = None

    @property
    def name(self) -> str:
        return self.spec if self.command == "stream" else f"{self.spec} in a text"

    @property
    def spec(self) -> str:
        """The fault as the emulator takes it."""
        return f"{self.fault}@{self.step}"

    def seen(self) -> Witness:
        assert self.witness is not None
        return self.witness


def all_cases() -> list[Case]:
    cases = [Case(fault, step) for fault in FAULTS for step in STEPS]
    return cases + [Case(fault, step, "text") for fault in ("drop", "blackhole") for step in TEXT_STEPS]


def settings_for(cloud: str, state_dir: Path, command: str = "stream") -> Settings:
    return Settings.model_validate(
        {
            "server": {"state_dir": state_dir, "max_sessions": 100},
            "cloud": {"base_url": cloud, "appkey": "emulator", "accesstoken": "emulator-secret", "project_id": "demo"},
            "drive": {"command": command},
        }
    )


async def tell(cloud: str, path: str, body: object) -> None:
    async with aiohttp.ClientSession() as http, http.post(f"{cloud}/_emulator/{path}", json=body) as response:
        assert response.status < 300, await response.text()


class Visitor:
    """Has the conversation: clauses of their own in each text, so that every one can be told from the others."""

    def __init__(self, case: Case, session: Session) -> None:
        self.case = case
        self.session = session

    def say(self, *clauses: str, interrupt: bool = False) -> str:
        utterance_id = self.session.open_utterance("text", interrupt=interrupt)
        self.case.texts[utterance_id] = clauses
        for clause in clauses:
            self.session.push(utterance_id, clause, last=clause == clauses[-1])
        return utterance_id

    async def ended(self, *utterance_ids: str) -> None:
        for utterance_id in utterance_ids:
            self.case.outcomes[utterance_id] = await self.session.wait(utterance_id, "ended")

    async def converse(self) -> None:
        """Say, interrupt in mid-clause, say three in a row, interrupt by saying, say something long."""
        await self.ended(self.say("Good day."))
        stopped = self.say("Now two. ", "And it goes on and on.")
        await self.session.wait(stopped, "started")
        self.session.interrupt("current", "button")
        await self.ended(stopped)
        first, second, third = self.say("First."), self.say("Second is next."), self.say("Third.")
        await self.ended(first)
        await self.session.wait(second, "started")
        instead = self.say("No, this.", interrupt=True)
        await self.ended(second, third, instead)
        await self.ended(self.say("One. ", "Two. ", "Three. ", "Four."))


async def until_live(session: Session) -> None:
    with session.subscribe() as events:
        if session.snapshot().state == "live":
            return
        async for entry in events:
            if json.loads(entry.json).get("state") == "live":
                return
    raise AssertionError(session.snapshot().error)


async def note_cloud_sessions(case: Case, session: Session) -> None:
    """Note under which ids the cloud knows the session."""
    with session.subscribe() as events:
        async for _ in events:
            if (cloud_session_id := session.snapshot().cloud_session_id) is not None:
                case.cloud_session_ids.add(cloud_session_id)


async def play(case: Case, pool: Pool, cloud: str, user_id: str) -> None:
    """Run the conversation of one case and hear both sides."""
    case.began = time.time()
    session = pool.create(NewSession(user_id=user_id))
    notes = asyncio.create_task(note_cloud_sessions(case, session))
    async with asyncio.timeout(PATIENCE_S):
        await until_live(session)
        case.live_after = time.time() - case.began
        await Visitor(case, session).converse()
        await until_live(session)
    notes.cancel()
    case.witness = await Witness.of(session, cloud, case.cloud_session_ids)
    await session.close("deleted")


async def cut_and_swallow(cloud: str, state_dir: Path, command: str, cases: list[Case]) -> None:
    """Play all cases at once; a fault strikes the session whose UserId names it, when it comes to the step."""
    await tell(cloud, "limits", {"concurrency": 200})
    async with Pool(settings_for(cloud, state_dir, command), TIMING) as pool, asyncio.TaskGroup() as group:
        for number, case in enumerate(cases):
            group.create_task(play(case, pool, cloud, f"{number}!{case.spec}"))
            await asyncio.sleep(0.02)  # visitors do not come all in one moment


async def restart(cloud: str, state_dir: Path, cases: Iterator[Case]) -> None:
    """Play cases one after the other, for a restart strikes all sessions of a cloud."""
    async with Pool(settings_for(cloud, state_dir), TIMING) as pool:
        for case in cases:
            await tell(cloud, "faults", {"fault": case.spec, "user_id": "*", "times": 1})
            await play(case, pool, cloud, "visitor")


async def play_all(state_dir: Path) -> list[Case]:
    cases = all_cases()
    left = iter([case for case in cases if case.fault == "restart"])
    with ExitStack() as stack:
        clouds = [stack.enter_context(emulator("--transition", "polls=2")) for _ in range(1 + EMULATORS_FOR_RESTARTS)]
        async with asyncio.TaskGroup() as group:
            for command in ("stream", "text"):
                others = [case for case in cases if case.fault != "restart" and case.command == command]
                group.create_task(cut_and_swallow(clouds[0], state_dir / command, command, others))
            for number, cloud in enumerate(clouds[1:], 1):
                group.create_task(restart(cloud, state_dir / str(number), left))
    return cases


def table(cases: list[Case]) -> str:
    lines = [f"{'fault':36}{'noticed after':>14}{'live again after':>18}{'events':>8}{'statuses':>10}  utterances"]
    for case in cases:
        seen = case.seen()
        noticed = " ".join(f"{seen.silent_before(since):.1f}" for since, _ in seen.gaps()) or "-"
        back = " ".join(f"{seconds:.2f}" for _, seconds in seen.gaps()) or f"first {case.live_after:.2f}"
        ends = " ".join(outcome.status for outcome in case.outcomes.values())
        lines.append(f"{case.name:36}{noticed:>14}{back:>18}{len(seen.events):>8}{len(seen.delivered()):>10}  {ends}")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Case]:
    played = asyncio.run(play_all(tmp_path_factory.mktemp("resets")))
    if os.environ.get("RESETS") == "table":
        print(f"\n{table(played)}")  # noqa: T201
    return {case.name: case for case in played}


everywhere = pytest.mark.parametrize("name", [case.name for case in all_cases()])


@everywhere
def test_it_is_live_again_within_two_seconds(cases: Mapping[str, Case], name: str):
    case = cases[name]
    gaps = case.seen().gaps()
    if case.step in LIMITS_S:
        assert gaps == [], "it had not been live"
        usual = statistics.median(case.live_after for case in cases.values() if case.step not in LIMITS_S)
        limit = LIMITS_S[case.step] if case.fault == "blackhole" else 0.0
        assert case.live_after - usual - limit < BACK_S
    else:
        assert len(gaps) == 1
        assert gaps[0][1] < BACK_S
        if case.fault == "blackhole":
            assert case.seen().silent_before(gaps[0][0]) < 2 * PING_S + 1


@everywhere
def test_every_status_is_delivered_once_and_none_is_lost_that_the_cloud_repeats(cases: Mapping[str, Case], name: str):
    case = cases[name]
    seen = case.seen()
    delivered = seen.delivered()
    assert [status for status, times in delivered.items() if times > 1] == []
    if case.fault == "restart":
        assert set(delivered) <= seen.told()
    else:
        assert set(delivered) == seen.told()


@everywhere
def test_every_utterance_ends_once_and_as_it_would_have(cases: Mapping[str, Case], name: str):
    case = cases[name]
    assert case.seen().ends() == dict.fromkeys(case.texts, 1)
    failed = 0
    for utterance_id, usual in zip(case.texts, USUALLY, strict=True):
        outcome = case.outcomes[utterance_id]
        if outcome.status == "failed":
            assert outcome.error is not None
            assert (case.fault, outcome.error.code) == ("restart", "cloud_session_lost")
            failed += 1
        else:
            # One that was to be interrupted may have been spoken while its channel was away.
            assert outcome.status in {usual, "ended"}
        if outcome.status == "ended":
            assert outcome.heard == "".join(case.texts[utterance_id])
    assert failed <= 1


@everywhere
def test_no_clause_is_spoken_twice_and_none_is_left_out(cases: Mapping[str, Case], name: str):
    case = cases[name]
    spoken = case.seen().spoken()
    assert [clause for clause, times in spoken.items() if times > 1] == []
    for utterance_id, outcome in case.outcomes.items():
        if outcome.status == "ended":
            for clause in case.texts[utterance_id]:
                assert sum(clause in text for text in spoken) == 1
