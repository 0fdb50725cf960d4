"""The contract held against a cloud that is not ours: here the emulator as a stranger would meet it."""

import asyncio
import json
import os
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.contract.running import ROOT, emulator
from tests.contract.target import PREFIX, Foreign, fit, foreign
from tests.support.tls import make_certificate, tls_relay

ENVIRONMENT = {f"{PREFIX}{name}": name.lower() for name in ("APPKEY", "ACCESSTOKEN", "PROJECT")}
RUN_S = 240


async def run_tests(environment: dict[str, str]) -> tuple[int, str]:
    """Run the contract with `environment` in a process of its own; return its status and what it says."""
    command = [sys.executable, "-m", "pytest", "tests/contract", "-q", "-p", "no:cacheprovider"]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(RUN_S):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode or 0, output.decode()


async def test_the_emulator_as_a_foreign_cloud_behind_tls(tmp_path: Path):
    certificate = make_certificate(tmp_path)
    account = ("--appkey", "appkey", "--accesstoken", "accesstoken", "--project", "project")
    with emulator(*account) as url:
        async with tls_relay(url, certificate) as rest, tls_relay(url, certificate) as channels:
            addresses = {
                f"{PREFIX}URL": f"https://127.0.0.1:{rest.port}/",
                f"{PREFIX}WS_URL": f"wss://127.0.0.1:{channels.port}",
                f"{PREFIX}ASSET": "project",
                "SSL_CERT_FILE": str(certificate),
            }
            status, output = await run_tests(ENVIRONMENT | addresses)
        async with aiohttp.ClientSession() as http, http.get(f"{url}/_emulator/sessions") as response:
            sessions = json.loads(await response.text())
    assert status == 0, output
    assert " deselected" in output
    assert "skipped" not in output
    assert rest.connections > 20
    assert channels.connections > 10
    assert len(sessions) == 6
    assert {session["status"] for session in sessions} == {2}, "a session was left open"


@pytest.mark.parametrize("missing", sorted(ENVIRONMENT))
def test_half_an_account_is_an_error(missing: str):
    environment = {name: value for name, value in ENVIRONMENT.items() if name != missing}
    with pytest.raises(pytest.UsageError, match=missing):
        foreign({f"{PREFIX}URL": "https://cloud.example", **environment})


def test_the_cloud_of_the_environment():
    assert foreign({}) is None
    with pytest.raises(pytest.UsageError, match="https://"):
        foreign({f"{PREFIX}URL": "cloud.example"})
    cloud = foreign({f"{PREFIX}URL": "https://cloud.example/", **ENVIRONMENT})
    assert cloud is not None
    assert cloud == Foreign("https://cloud.example", "appkey", "accesstoken", "project")
    assert "accesstoken'" not in repr(cloud)
    assert "accesstoken'" not in repr(cloud.account())
    assert (cloud.account().ready, cloud.account().poll) == (150.0, 2.0)


@pytest.mark.cloud
def test_only_what_a_cloud_can_be_asked_is_left(request: pytest.FixtureRequest):
    items = list(request.session.items)
    cloud = Foreign("https://cloud.example", "a", "b", "c")
    chosen, left_out = fit(items, cloud)
    assert "test_only_what_a_cloud_can_be_asked_is_left" in {item.name for item in chosen}
    assert all(item.get_closest_marker("cloud") for item in chosen)
    assert sorted(map(id, chosen + left_out)) == sorted(map(id, items))
    assert fit(items, None) == (items, [])
