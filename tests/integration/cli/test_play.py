"""`play`, from a shell, with a real server and a real emulator."""

import json
import signal
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from tests.integration.cli.support import Place, new_session
from tests.support.voicing import HOUSE_RATE, heard, likeness, pcm, sent, voice, wav

EXAMPLE = Path(__file__).parents[3] / "examples" / "own_voice.py"
SOUND = wav(voice(1.0, HOUSE_RATE), HOUSE_RATE)


@asynccontextmanager
async def website(files: dict[str, bytes]) -> AsyncGenerator[str]:
    """Serve `files` and give the address."""

    async def give(request: web.Request) -> web.Response:
        return web.Response(body=files[request.path], content_type="audio/wav")

    app = web.Application()
    app.add_routes([web.get(path, give) for path in files])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_file_standard_input_and_an_address(place: Place):
    path = place.folder / "speech.wav"
    path.write_bytes(SOUND)
    async with place.emulator() as cloud, place.server(cloud) as url, website({"/a.wav": SOUND}) as site:
        env = {"AVATAR_BRIDGE_URL": url}
        await new_session(url)  # one for text, which is passed over
        first = await place.run("play", str(path), env=env)
        assert (first.code, first.out) == (0, "ended\n"), first.err
        assert "this one was created" in first.err
        session = first.err.split("created: ")[1].split()[0]
        piped = await place.run("play", "-", "--json", env=env, stdin=SOUND)
        assert json.loads(piped.out)["status"] == "ended"
        assert piped.err == ""
        raw = await place.run("play", "-", "--raw", "16000", env=env, stdin=pcm(voice(1.0, HOUSE_RATE)))
        assert (raw.code, raw.out) == (0, "ended\n"), raw.err
        told = await place.run("play", f"{site}/a.wav", "--allow", "127.0.0.0/8", "--session", session, env=env)
        assert (told.code, told.out) == (0, "ended\n"), told.err
        async with aiohttp.ClientSession(url) as http:
            received = await heard(http, cloud, f"/v1/sessions/{session}")
    assert received.size == 4 * HOUSE_RATE
    for part in range(4):
        assert likeness(received[part * HOUSE_RATE :], voice(1.0, HOUSE_RATE)) > 0.999


async def test_what_cannot_be_played(place: Place):
    (place.folder / "text.wav").write_text("this is no sound " * 100)
    async with place.emulator() as cloud, place.server(cloud) as url:
        env = {"AVATAR_BRIDGE_URL": url}
        for arguments, line in (
            (["no-such-file.mp3"], "no-such-file.mp3: cannot be read (No such file or directory)"),
            (["text.wav"], "(audio_not_recognised)"),
            (["http://127.0.0.1:1/a.mp3"], "(audio_address_refused)"),
            (["http://127.0.0.1:1/a.mp3", "--allow", "127.0.0.0/8"], "(audio_fetch_failed)"),
            (["text.wav", "--session", "nobody"], "(session_not_found)"),
            (["text.wav", "--session", await new_session(url)], "(mode_mismatch)"),
        ):
            result = await place.run("play", *arguments, env=env)
            assert (result.code, result.out) == (1, ""), result.err
            assert len(result.problems) == 1
            assert result.problems[0].endswith(line)


async def test_without_a_server(place: Place):
    (place.folder / "speech.wav").write_bytes(SOUND)
    result = await place.run("play", "speech.wav", "--url", "http://127.0.0.1:1")
    assert result.code == 1
    assert "no server answers at http://127.0.0.1:1" in result.problems[0]


async def test_ctrl_c_interrupts_the_avatar(place: Place):
    path = place.folder / "long.wav"
    path.write_bytes(wav(voice(30.0, HOUSE_RATE), HOUSE_RATE))
    async with place.emulator() as cloud, place.server(cloud) as url:
        env = {"AVATAR_BRIDGE_URL": url}
        async with place.start("play", str(path), env=env) as playing:
            created = await playing.line("was created: ")
            session = created.split("created: ")[1].split()[0]
            async with aiohttp.ClientSession(url) as http:
                await spoken(http, f"/v1/sessions/{session}")
                assert await playing.stop(signal.SIGINT) == 130
                frames = await sent(http, cloud, f"/v1/sessions/{session}")
                assert frames[-1].is_final
                assert 0 < len(frames) < 60


async def spoken(http: aiohttp.ClientSession, session: str) -> None:
    """Return once an utterance has started."""
    async with http.get(f"{session}/events") as events:
        async for line in events.content:
            if b'"status":"started"' in line:
                return


async def test_the_example_of_a_voice(place: Place):
    path = place.folder / "speech.wav"
    path.write_bytes(wav(voice(1.0, 48_000), 48_000, 2))
    async with place.emulator() as cloud, place.server(cloud) as url:
        process = await create_subprocess_exec(sys.executable, str(EXAMPLE), str(path), url, stdout=PIPE, stderr=PIPE)
        out, err = await process.communicate(None)
        async with aiohttp.ClientSession(cloud) as http, http.get("/_emulator/sessions") as response:
            (session,) = await response.json()
    assert (process.returncode, err) == (0, b"")
    assert out.decode().split()[-1] == "ended"
    assert session["audio"]["seconds"] == 1.0
