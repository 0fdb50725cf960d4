"""One story from its seed: a world, somebody who plays it, and what is found wrong with it."""

import asyncio
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.fake_openai import FakeOpenAI
from tests.support.story.judge import Judge
from tests.support.story.model import GOOD, Model
from tests.support.story.player import Player
from tests.support.story.trace import Trace
from tests.support.story.world import World, world
from tests.support.virtual_time import run

QUIET_S = 150.0
"""Nothing takes longer than this after the last thing that happens, whatever the cloud does."""


@dataclass
class Story:
    """What happened and what was wrong with it."""

    seed: int
    trace: Trace
    wrong: list[str]
    heard: list[tuple[str, str]]
    """What was sent of each answer that somebody cut short, and what the model was told was heard."""

    def text(self) -> str:
        """Return the story for people to read."""
        return f"story {self.seed}\n{self.trace.text()}\nWRONG:\n" + "\n".join(self.wrong)


def tell(seed: int) -> Story:
    """Play the story of a seed."""
    state = random.getstate()
    random.seed(seed)  # the server's own dice
    try:
        with tempfile.TemporaryDirectory() as state_dir:
            return run(_tell(seed, Path(state_dir)))
    finally:
        random.setstate(state)


async def _tell(seed: int, state_dir: Path) -> Story:
    dice = random.Random(seed)
    model = Model(random.Random(seed + 1))
    drive: dict[str, object] = dice.choice([{}, {}, {}, {}, {"clauses": False}, {"command": "text"}])
    own_voice = not drive and dice.random() < 0.25
    speaks, ears = dice.random() < 0.3, dice.choice(["upload", "realtime"])
    faults = dice.random() < 0.6
    delay_s = dice.choice([None, None, 0.0, 0.3, 1.5, 4.0])
    async with FakeOpenAI.running() as llm:
        llm.answer, llm.over = model.reply, model.over
        async with world(llm, state_dir, drive, own_voice=own_voice, ears=ears) as there:
            model.trace = there.trace
            player = Player(there, dice, faults=faults, delay_s=delay_s, speaks=speaks)
            wrong = await _play(there, player, model, dice)
            streams = drive.get("command") != "text"
            judge = Judge(
                there.trace, model.answers, told=not drive and not own_voice, streams=streams, delay_s=delay_s or 0.0
            )
            wrong += judge.wrong()
            open_sessions = len(there.cloud.open_sessions())
            if open_sessions != 1:
                wrong.append(f"{open_sessions} cloud sessions are open")
            story = Story(seed, there.trace, wrong, judge.heard)
    left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    story.wrong += [f"task left: {name}" for name in left]
    story.wrong += [f"complaint: {entry.data}" for entry in story.trace.of("error")]
    return story


async def _play(there: World, player: Player, model: Model, dice: random.Random) -> list[str]:
    """Play; return how it got stuck, if it did."""
    try:
        async with asyncio.timeout(1200):
            await player.play(dice.randint(2, 9))
    except TimeoutError:
        return ["somebody waits for ever"]
    if not await _quiet(there):
        return [f"not quiet after {QUIET_S:.0f} s: {there.session.snapshot()}"]
    await there.no_faults()
    model.moods = [GOOD]
    there.llm.speech.refusals.clear()
    there.trace.add(asyncio.get_running_loop().time(), "act", {"type": "last"})
    last = await player.ask_last()
    if not await _quiet(there):
        return [f"not quiet after the last question: {there.session.snapshot()}"]
    await player.leave()
    (end,) = there.trace.of("event", type="utterance", utterance_id=last, status="ended") or [None]
    return [] if end is not None else ["the last answer did not end well"]


async def _quiet(there: World) -> bool:
    def quiet() -> bool:
        now = there.session.snapshot()
        return now.state == "live" and now.turn == "idle" and not now.utterances

    return await there.trace.until(quiet, QUIET_S)


if __name__ == "__main__":
    sys.stdout.write(tell(int(sys.argv[1])).text() + "\n")
