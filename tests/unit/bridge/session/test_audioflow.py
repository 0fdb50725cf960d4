import asyncio

import pytest

from bridge.session.audioflow import AudioFlow
from bridge.session.drives import Flow
from bridge.session.progress import Progress


class Tap:
    def __init__(self) -> None:
        self.state: Flow = "held"
        self.progress = Progress()
        self.flow = AudioFlow(lambda: self.state, self.progress)

    def turn(self, state: Flow) -> None:
        self.state = state
        self.progress.tell()


@pytest.mark.parametrize(("state", "wanted"), [("open", True), ("over", False)])
async def test_a_wait_ends_when_it_is_known_whether_frames_are_wanted(state: Flow, wanted: bool):
    tap = Tap()
    waiting = asyncio.create_task(tap.flow.wait_open())
    await asyncio.sleep(0)
    tap.turn("held")
    await asyncio.sleep(0)
    assert not waiting.done()
    tap.turn(state)
    assert await waiting is wanted
    assert (tap.flow.is_open, tap.flow.is_over) == (wanted, not wanted)


async def test_a_wait_that_is_cancelled_leaves_nothing_behind():
    tap = Tap()
    waiting = asyncio.create_task(tap.flow.wait_open())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    tap.turn("open")
    assert await tap.flow.wait_open()
