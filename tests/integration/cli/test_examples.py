"""The programs of `examples/`, run as their readers run them, against a server that asks for its key."""

import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.integration.cli.support import ACCOUNT, Place, Running
from tests.support.fake_openai import FakeOpenAI, Reply

EXAMPLES = Path(__file__).parents[3] / "examples"
KEY = "key-of-the-server"


@pytest.fixture
async def llm() -> AsyncGenerator[FakeOpenAI]:
    async with FakeOpenAI.running() as server:
        yield server


@pytest.fixture
async def server(place: Place, llm: FakeOpenAI) -> AsyncGenerator[Running]:
    """Run a server with a key and a language model in front of an emulated cloud."""
    async with place.start("emulate", "--port", "0") as emulator:
        await emulator.line("http://")
        env = {
            **ACCOUNT,
            "AVATAR_BRIDGE_CLOUD__BASE_URL": emulator.address,
            "AVATAR_BRIDGE_LLM__BASE_URL": llm.base_url,
            "AVATAR_BRIDGE_LLM__MODEL": "fake-model",
            "AVATAR_BRIDGE_SERVER__API_KEY": KEY,
        }
        async with place.start("serve", "--port", "0", env=env) as server:
            await server.line("avatar-bridge serves http://")
            yield server


async def run(place: Place, name: str, address: str) -> str:
    """Run an example and return what it printed."""
    process = await create_subprocess_exec(
        *(sys.executable, str(EXAMPLES / name), address),
        cwd=place.folder,
        env=place.environment({"AVATAR_BRIDGE_API_KEY": KEY}),
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    return out.decode()


async def test_a_program_that_uses_a_model_gets_a_face(place: Place, server: Running, llm: FakeOpenAI) -> None:
    llm.script(Reply(("I am ", "a **model**.")))
    printed = await run(place, "own_model.py", server.address)
    assert printed == "I am a **model**.\npeople heard: Anything else?\n"
    assert [request.body.messages[0].content for request in llm.requests] == ["Who are you?"]


async def test_a_text_that_is_being_written_and_a_connection_that_is_cut(place: Place, server: Running) -> None:
    printed = (await run(place, "one_socket.py", server.address)).splitlines()
    assert printed[0] == "connected, from here on"
    assert printed.count("connected, nothing missed") == 1
    assert printed[-1] == "people heard: Good morning. I say this while it is still being written."
    offsets = [int(line.partition(" ")[0]) for line in printed if line[0].isdigit()]
    assert offsets == list(range(offsets[0], offsets[0] + len(offsets)))
