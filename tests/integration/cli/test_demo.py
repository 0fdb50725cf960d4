"""`avatar-bridge demo`: all of it, as somebody who has just installed it runs it."""

import asyncio
import os
import signal
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import pytest

from tests.integration.cli.support import Place, Running, children, gone, is_running, new_session

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
async def demo(place: Place) -> AsyncGenerator[Running]:
    async with place.start("demo", "--port", "0", "--no-open") as running:
        await running.line("Stop with Ctrl-C")
        yield running


def emulator_of(demo: Running) -> int:
    (pid,) = children(demo.process.pid)
    return pid


async def test_it_shows_a_page_and_speaks(place: Place, demo: Running):
    async with aiohttp.ClientSession() as http, http.get(f"{demo.address}/kiosk") as page:
        assert page.status == 200
        assert "<html" in await page.text()
    said = await place.run("say", "Hello there.", "--url", demo.address)
    assert (said.code, said.out) == (0, "ended: Hello there.\n")
    assert "this one was created" in said.err
    again = await place.run("say", "-", "--wait", "accepted", "--url", demo.address, stdin="Once more.")
    assert (again.code, again.out, again.err) == (0, "queued\n", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_in_good_order(place: Place, demo: Running, number: signal.Signals):
    emulator = emulator_of(demo)
    assert (await place.run("say", "Hello.", "--url", demo.address)).code == 0
    assert await demo.stop(number) == 0
    await gone(emulator)
    assert not any("Traceback" in line for line in demo.lines)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
async def test_nothing_is_left_when_it_is_stopped_while_it_starts(place: Place, number: signal.Signals, code: int):
    async with place.start("demo", "--port", "0", "--no-open") as running:
        await running.line("starting the emulated cloud")
        async with asyncio.timeout(10):
            while not (started := children(running.process.pid)):  # noqa: ASYNC110 - nobody tells of another's child
                await asyncio.sleep(0.02)
        assert await running.stop(number) == code
        for pid in started:
            await gone(pid)
    assert not any("Traceback" in line for line in running.lines)


async def test_nothing_is_left_when_it_is_killed(demo: Running):
    emulator = emulator_of(demo)
    workers = children(emulator)
    demo.process.kill()
    for pid in (emulator, *workers):
        await gone(pid)


async def test_ctrl_c_in_a_terminal_does_not_reach_the_emulator(demo: Running):
    """It has to live until our sessions are closed, so it must not be of the terminal's process group."""
    assert os.getpgid(emulator_of(demo)) != os.getpgid(demo.process.pid)


async def test_the_emulator_comes_back(place: Place, demo: Running):
    assert (await place.run("say", "Hello.", "--url", demo.address)).code == 0
    first = emulator_of(demo)
    os.kill(first, signal.SIGKILL)
    await demo.line("the emulator stopped")
    await demo.line("the emulator is back")
    second = emulator_of(demo)
    assert second != first
    assert is_running(second)
    created = await new_session(demo.address)
    said = await place.run("say", "Hello again.", "--session", created, "--url", demo.address)
    assert (said.code, said.out) == (0, "ended: Hello again.\n")


async def test_settings_of_an_account_do_not_disturb_it(place: Place):
    env = {
        "AVATAR_BRIDGE_CLOUD__ASSET_KEY": "mine",
        "AVATAR_BRIDGE_CLOUD__APPKEY": "mine",
        "AVATAR_BRIDGE_CLOUD__WS_URL": "wss://example.com",
    }
    async with place.start("demo", "--port", "0", "--no-open", env=env) as running:
        await running.line("Stop with Ctrl-C")
        assert (await place.run("say", "Hello.", "--url", running.address)).code == 0


async def test_the_example_of_a_bot(demo: Running, place: Place):
    process = await create_subprocess_exec(
        *(sys.executable, str(EXAMPLES / "own_bot.py"), demo.address), cwd=place.folder, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate(None)
    assert (process.returncode, err) == (0, b"")
    assert "heard" in out.decode()
