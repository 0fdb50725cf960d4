"""What holds for every command."""

import asyncio
import json
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE

import pytest

from tests.integration.cli.support import Place

COMMANDS = ["demo", "serve", "emulate", "say", "play", "sessions", "link", "doctor", "check-config", "bench", "version"]


@pytest.mark.parametrize("command", COMMANDS)
async def test_help_has_an_example(place: Place, command: str):
    result = await place.run(command, "--help")
    assert result.code == 0
    assert f"Example: avatar-bridge {command}" in result.out
    assert "--debug" in result.out


async def test_help_names_every_command(place: Place):
    result = await place.run("--help")
    assert result.code == 0
    assert [command for command in COMMANDS if f" {command} " not in result.out] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["serve", "--prot", "1"],
        ["serve", "--port", "70000"],
        ["say"],
        ["say", "  "],
        ["say", "x", "--wait", "sometimes"],
        ["play"],
        ["play", "-", "--raw", "1"],
        ["play", "http://127.0.0.1/a.mp3", "--allow", "home"],
        ["sessions", "close"],
        ["sessions", "close", "an-id", "--all"],
        ["sessions", "list", "an-id"],
        ["link"],
        ["link", "revoke"],
        ["link", "kiosk", "an-id"],
        ["link", "list", "--name", "lobby"],
    ],
)
async def test_wrong_usage(place: Place, arguments: list[str]):
    result = await place.run(*arguments)
    assert result.code == 2
    assert "Usage: avatar-bridge" in result.err
    assert result.out == ""


async def test_version(place: Place):
    short = await place.run("--version")
    assert (short.code, short.out) == (0, "avatar-bridge 0.1.0\n")
    told = json.loads((await place.run("version", "--json")).out)
    assert told["version"] == "0.1.0"
    assert told["python"] == ".".join(str(part) for part in sys.version_info[:3])
    assert told["extras"] == {"demo": True, "llm": True, "mic": True, "pydub": True}


async def test_check_config(place: Place):
    config = place.folder / "settings.toml"
    config.write_text('[cloud]\nappkey = "hunter2"\n[server]\nport = 9\nmax_sessions = 3\n')
    (place.folder / ".env").write_text("AVATAR_BRIDGE_SERVER__PORT=10\n")
    env = {"AVATAR_BRIDGE_CONFIG": str(config), "AVATAR_BRIDGE_SESSION__IDLE_S": "5"}
    result = await place.run("check-config", "--json", env=env)
    assert result.code == 0
    assert "hunter2" not in result.out
    told = {each["option"]: (each["value"], each["place"]) for each in json.loads(result.out)}
    assert told["cloud.appkey"] == ("(set)", str(config))
    assert told["server.port"] == (10, "AVATAR_BRIDGE_SERVER__PORT in .env")
    assert told["server.max_sessions"] == (3, str(config))
    assert told["session.idle_s"] == (5, "AVATAR_BRIDGE_SESSION__IDLE_S in the environment")
    assert told["session.linger_s"] == (60, "default")
    table = await place.run("check-config", env=env)
    assert table.code == 0
    assert "hunter2" not in table.out
    assert ["server.port", "10"] in [line.split()[:2] for line in table.out.splitlines()]


async def test_doctor_as_json(place: Place):
    result = await place.run("doctor", "--json", env={"AVATAR_BRIDGE_SERVER__PORT": "0"})
    assert result.code == 0
    found = {each["check"]: each["outcome"] for each in json.loads(result.out)}
    assert found["settings"] == found["python"] == found["webrtc"] == "good"
    assert found["credentials"] == found["llm"] == "skipped"


async def test_debug_shows_the_traceback(place: Place):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", "serve", "--debug"),
        cwd=place.folder,
        env=place.environment({}),
        stdout=DEVNULL,
        stderr=PIPE,
    )
    _, err = await process.communicate()
    assert process.returncode == 1
    assert b"Traceback" in err
    assert b"avatar-bridge: cloud.appkey is not set" in err


async def test_a_reader_who_leaves_is_no_error(place: Place):
    command = f"{sys.executable} -m bridge check-config | true; exit ${{PIPESTATUS[0]}}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", command), cwd=place.folder, env=place.environment({}), stdout=DEVNULL, stderr=PIPE
    )
    _, err = await process.communicate()
    assert err == b""
    assert process.returncode in {0, 1}


async def test_ctrl_c(place: Place):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        async with place.start("say", "hello", "--url", url) as running:
            mute.setblocking(False)
            connection, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(mute), timeout=30)
            with connection:  # it has asked, and waits for an answer that never comes
                assert await running.stop(signal.SIGINT) == 130
                assert running.lines == []


async def test_emulate_becomes_the_emulator(place: Place):
    async with place.start("emulate", "--port", "0", "--transition", "immediate") as running:
        await running.line(r"emulator listening on http://127\.0\.0\.1:\d+")
    listed = await place.run("emulate", "--", "--help")
    assert listed.code == 0
    assert "--fault" in listed.out


async def test_a_key_is_asked_for_and_used(place: Place):
    env = {"AVATAR_BRIDGE_SERVER__API_KEY": "a-long-enough-key"}
    async with place.emulator() as cloud, place.server(cloud, env) as url:
        refused = await place.run("sessions", "--url", url)
        assert refused.code == 1
        assert "(unauthorized)" in refused.problems[0]
        listed = await place.run(
            "sessions", env={"AVATAR_BRIDGE_URL": url, "AVATAR_BRIDGE_API_KEY": "a-long-enough-key"}
        )
        assert (listed.code, listed.out) == (0, "no sessions\n")


async def test_sessions(place: Place):
    async with place.emulator("--transition", "immediate") as cloud, place.server(cloud) as url:
        env = {"AVATAR_BRIDGE_URL": url}
        assert (await place.run("say", "One.", "--json", env=env)).code == 0
        (one,) = json.loads((await place.run("sessions", "--json", env=env)).out)
        assert one["state"] == "live"
        closed = await place.run("sessions", "close", one["session_id"], env=env)
        assert (closed.code, closed.out) == (0, f"closed {one['session_id']}\n")
        assert (await place.run("sessions", "close", "--all", env=env)).out == "no sessions are open\n"
        unknown = await place.run("say", "Two.", "--session", "nobody", env=env)
        assert unknown.code == 1
        assert "(session_not_found)" in unknown.problems[0]
