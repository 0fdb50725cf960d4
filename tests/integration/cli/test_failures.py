"""What can be wrong when somebody starts: one clear line that says what to do, exit code 1, no secret."""

import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.integration.cli.support import ACCOUNT, ADDRESS, Place, Result, call, new_session

NOBODY = "http://127.0.0.1:9"
SMALL = {"AVATAR_BRIDGE_SERVER__PORT": "0"}


def failing(result: Result) -> dict[str, str]:
    """Return what `doctor` marked with a cross, by check, with the advice below it."""
    lines = result.out.splitlines()
    found: dict[str, str] = {}
    for number, line in enumerate(lines):
        if line.startswith("✗ "):
            check, _, detail = line[2:].partition(": ")
            found[check] = f"{detail} {lines[number + 1].strip() if number + 1 < len(lines) else ''}"
    return found


def account(cloud: str, **changed: str) -> dict[str, str]:
    more = {f"AVATAR_BRIDGE_CLOUD__{name.upper()}": value for name, value in changed.items()}
    return {**ACCOUNT, **SMALL, "AVATAR_BRIDGE_CLOUD__BASE_URL": cloud, **more}


@pytest.fixture
async def cloud(place: Place) -> AsyncGenerator[str]:
    async with place.emulator("--transition", "immediate") as address:
        yield address


@asynccontextmanager
async def taken_port() -> AsyncGenerator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


async def test_an_account_that_works(place: Place, cloud: str):
    result = await place.run("doctor", env=account(cloud))
    assert result.code == 0, result.out
    assert "✓ credentials: " in result.out
    assert "✓ clock: " in result.out
    assert await call("GET", f"{cloud}/_emulator/sessions") == b"[]", "doctor must not create a session"


async def test_wrong_credentials(place: Place, cloud: str):
    wrong = account(cloud, accesstoken="not-the-one")
    for result in (await place.run("serve", env=wrong), await place.run("doctor", env=wrong)):
        assert result.code == 1
        assert "check cloud.appkey and cloud.accesstoken" in result.out + result.err
        assert "not-the-one" not in result.out + result.err
    assert list(failing(result)) == ["credentials"]


async def test_a_clock_that_is_six_minutes_off(place: Place, cloud: str):
    await call("POST", f"{cloud}/_emulator/limits", {"clock_offset_s": 360})
    async with place.start("serve", env=account(cloud)) as serve:
        url = ADDRESS.findall(await serve.line("avatar-bridge serves"))[0]
        assert "timedatectl" in await serve.line("^avatar-bridge: .*6 minutes behind")
        result = await place.run("say", "hello", "--wait", "ended", "--url", url)
        assert result.code == 0, result.err
    doctor = await place.run("doctor", env=account(cloud))
    assert doctor.code == 1
    assert list(failing(doctor)) == ["clock"]
    assert "6 minutes behind" in failing(doctor)["clock"]


async def test_an_unknown_project(place: Place, cloud: str):
    async with place.server(cloud, account(cloud, project_id="another")) as url:
        result = await place.run("say", "hello", "--url", url)
        assert result.code == 1
        assert len(result.problems) == 1
        assert "check cloud.project_id or cloud.asset_key" in result.problems[0]
        assert "project_unknown" in result.problems[0]
        assert "check cloud.project_id" in (await place.run("sessions", "--url", url)).out


async def test_what_a_session_failed_of_is_said_afterwards_too(place: Place, cloud: str):
    async with place.start("serve", env=account(cloud, project_id="another")) as serve:
        url = ADDRESS.findall(await serve.line("avatar-bridge serves"))[0]
        session = await new_session(url)
        await serve.line(r"session_state.*\bfailed\b|\bfailed\b.*session_state")
        result = await place.run("say", "hello", "--session", session, "--url", url)
    assert result.code == 1
    assert len(result.problems) == 1
    assert "project_unknown" in result.problems[0]


async def test_no_quota_at_all(place: Place, cloud: str):
    await call("POST", f"{cloud}/_emulator/limits", {"concurrency": 0})
    async with place.server(cloud) as url:
        result = await place.run("say", "hello", "--url", url)
        assert result.code == 1
        assert "check it in the cloud's console" in result.err
        assert "quota_full" in result.err
        assert "quota_full" in (await place.run("sessions", "--url", url)).out


async def test_a_full_quota(place: Place, cloud: str):
    await call("POST", f"{cloud}/_emulator/limits", {"concurrency": 1})
    async with place.server(cloud) as url:
        assert (await place.run("say", "hello", "--url", url)).code == 0
        second = await new_session(url)
        result = await place.run("say", "hello", "--session", second, "--url", url)
        assert result.code == 1
        assert "all concurrent sessions of the account are in use; close one" in result.err
        assert "quota_full" in (await place.run("sessions", "--url", url)).out


async def test_a_cloud_that_is_down(place: Place):
    doctor = await place.run("doctor", env=account(NOBODY))
    assert doctor.code == 1
    assert "check the network" in failing(doctor)["cloud"]
    async with place.server(NOBODY) as url:
        result = await place.run("say", "hello", "--url", url)
        assert result.code == 1
        assert "cannot be reached" in result.problems[0]
        assert "cloud_unreachable" in result.problems[0]


async def test_a_session_that_never_gets_ready(place: Place):
    async with place.emulator("--fault", "stuck") as cloud, place.server(cloud) as url:
        result = await place.run("say", "hello", "--timeout", "2", "--url", url)
        assert result.code == 1
        assert "wait_timeout" in result.problems[0]
        assert "preparing" in (await place.run("sessions", "--url", url)).out


async def test_a_port_in_use(place: Place, cloud: str):
    async with taken_port() as port:
        serve = await place.run("serve", "--port", str(port), env=account(cloud))
        assert serve.code == 1
        assert len(serve.problems) == 1
        assert f"server.port {port}" in serve.problems[0]
        doctor = await place.run("doctor", env={"AVATAR_BRIDGE_SERVER__PORT": str(port)})
        assert list(failing(doctor)) == ["port"]
        demo = await place.run("demo", "--port", str(port), "--no-open")
        assert demo.code == 1
        assert f"server.port {port}" in demo.problems[0]


async def test_nothing_set(place: Place):
    result = await place.run("serve")
    assert result.code == 1
    assert [line.split()[1] for line in result.problems[:3]] == [
        "cloud.appkey",
        "cloud.accesstoken",
        "cloud.project_id",
    ]
    assert "avatar-bridge demo" in result.problems[-1]


@pytest.mark.parametrize("command", ["serve", "demo", "check-config", "doctor"])
async def test_a_misspelt_option_in_the_file(place: Place, command: str):
    config = place.folder / "settings.toml"
    config.write_text('[cloud]\nappkye = "hunter2"\n')
    result = await place.run(command, "--config", str(config))
    assert result.code == 1
    assert "cloud.appkye" in result.out + result.err
    assert "did you mean appkey?" in result.out + result.err
    assert str(config) in result.out + result.err
    assert "hunter2" not in result.out + result.err


@pytest.mark.parametrize("command", ["serve", "demo", "check-config", "doctor"])
async def test_a_misspelt_variable(place: Place, command: str):
    result = await place.run(command, env={"AVATAR_BRIDGE_SERVER__PROT": "hunter2"})
    assert result.code == 1
    assert "server.prot (the environment): unknown option; did you mean port?" in result.out + result.err
    assert "hunter2" not in result.out + result.err


@pytest.mark.parametrize("command", ["serve", "check-config"])
async def test_a_file_that_is_not_there(place: Place, command: str):
    result = await place.run(command, "--config", "nothing.toml")
    assert result.code == 1
    assert "nothing.toml" in result.problems[0]


async def test_no_network_interface(place: Place):
    as_root = () if os.geteuid() == 0 else ("--map-root-user",)
    result = await place.run("doctor", by=("unshare", "--net", *as_root))
    assert result.code == 1
    assert "no network interface but loopback" in failing(result)["webrtc"]
    assert "ip link" in failing(result)["webrtc"]


async def test_a_state_directory_that_cannot_be_used(place: Place, cloud: str):
    (place.folder / "file").write_text("")
    env = {**account(cloud), "AVATAR_BRIDGE_SERVER__STATE_DIR": str(place.folder / "file" / "state")}
    serve = await place.run("serve", env=env)
    assert serve.code == 1
    assert len(serve.problems) == 1
    assert "server.state_dir" in serve.problems[0]
    assert "server.state_dir" in failing(await place.run("doctor", env=env))["state directory"]


async def test_a_server_for_others_needs_a_key_and_https(place: Place):
    keyless = await place.run("serve", "--host", "0.0.0.0")
    assert keyless.code == 1
    assert "server.api_key" in keyless.problems[0]
    env = {"AVATAR_BRIDGE_SERVER__HOST": "0.0.0.0", "AVATAR_BRIDGE_SERVER__API_KEY": "a-long-key", **SMALL}
    assert "https" in failing(await place.run("doctor", env=env))["microphone"]
    proxied = {**env, "AVATAR_BRIDGE_SERVER__PUBLIC_URL": "https://avatar.example.com"}
    assert failing(await place.run("doctor", env=proxied)) == {}


async def test_no_server_to_talk_to(place: Place):
    for arguments in (["say", "hello"], ["sessions"], ["sessions", "close", "--all"]):
        result = await place.run(*arguments, "--url", NOBODY)
        assert result.code == 1
        assert result.problems == [
            f"avatar-bridge: no server answers at {NOBODY}; "
            "start one (avatar-bridge demo, or serve) or name it with --url"
        ]


def test_the_repository_has_no_settings_of_its_own():
    """A `.env` at the top would leak into every command that is run there."""
    assert not (Path(__file__).parents[3] / ".env").exists()
