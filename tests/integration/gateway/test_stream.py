"""Texts that are spoken while their body still arrives."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bridge.gateway.streams import handler
from tests.integration.gateway.conftest import Bridge, until

PLAIN, NDJSON, EVENTS = "text/plain; charset=utf-8", "application/x-ndjson", "text/event-stream"
SPOKEN = "Grüße an alle. 大家好。"


def chunk(content: str) -> str:
    delta = {"choices": [{"index": 0, "delta": {"content": content}}]}
    return f"data: {json.dumps(delta)}\n\n"


BODIES = [
    (PLAIN, SPOKEN.encode()),
    (NDJSON, b"".join(json.dumps({"text": letter}).encode() + b"\n" for letter in SPOKEN)),
    (EVENTS, b"".join(b"data: " + json.dumps({"text": letter}).encode() + b"\n\n" for letter in SPOKEN)),
    (EVENTS, "".join(map(chunk, SPOKEN)).encode() + b"data: [DONE]\n\n"),
]


async def bytewise(body: bytes) -> AsyncIterator[bytes]:
    for number in range(len(body)):
        yield body[number : number + 1]


async def send(bridge: Bridge, session: str, kind: str, body: object, query: str = "wait=ended", **headers: str):
    sent = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with bridge.http.post(f"{session}/stream?{query}", data=body, headers=sent) as response:
        return response.status, await response.json(content_type=None)


@pytest.mark.parametrize(("kind", "body"), BODIES)
async def test_every_form_is_spoken_whatever_the_cuts(bridge: Bridge, kind: str, body: bytes) -> None:
    session = await bridge.live()
    status, answer = await send(bridge, session, kind, bytewise(body), "wait=ended&ref=mine")
    assert (status, answer["status"], answer["heard"]) == (200, "ended", SPOKEN)


async def test_it_is_spoken_before_its_end(bridge: Bridge) -> None:
    session = await bridge.live()
    started = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"The first sentence is here. And"
        await started.wait()
        yield b" the second one came later."

    async with bridge.events(session) as events, asyncio.TaskGroup() as group:
        sending = group.create_task(send(bridge, session, PLAIN, body()))
        await until(events, type="utterance", status="started")
        started.set()
        ended = await until(events, type="utterance", status="ended")
        assert ended.data["heard"] == "The first sentence is here. And the second one came later."
    assert sending.result()[0] == 200


async def test_a_body_that_breaks_off_is_spoken_as_far_as_it_came(bridge: Bridge) -> None:
    session = await bridge.live()
    came = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"This came. And this"
        await came.wait()
        raise ConnectionResetError

    async with bridge.events(session) as events, asyncio.TaskGroup() as group:

        async def sending() -> None:
            with pytest.raises(aiohttp.ClientError):
                await send(bridge, session, PLAIN, body())

        group.create_task(sending())
        await until(events, type="utterance", status="started")
        came.set()
        end = await until(events, type="utterance", status="failed")
        assert end.data["error"]["code"] == "source_lost"
        assert end.data["heard"] == "This came. And this"


async def test_an_interrupt_ends_the_reading(bridge: Bridge) -> None:
    session = await bridge.live()
    stopped = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"This sentence is about to be cut off, as long as it may be. And more. "
        await stopped.wait()
        for _ in range(100):
            yield b"Nobody wants to hear this any more. "
            await asyncio.sleep(0)

    async with bridge.events(session) as events, asyncio.TaskGroup() as group:

        async def sending() -> None:
            try:
                status, answer = await send(bridge, session, PLAIN, body())
            except aiohttp.ClientError:
                return  # the server closes before it has read all
            assert (status, answer["status"]) == (200, "interrupted")

        group.create_task(sending())
        await until(events, type="utterance", status="started")
        await bridge.post(f"{session}/interrupt")
        stopped.set()
        end = await until(events, type="utterance", status="interrupted")
        assert "Nobody" not in end.data["heard"]


async def test_a_body_is_read_no_faster_than_it_is_spoken(bridge: Bridge) -> None:
    session = await bridge.live()
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(8192):
            sent += 4096
            yield b"This is one of very many sentences that are sent. " * 82 + b"\n"

    async with bridge.events(session) as events, asyncio.TaskGroup() as group:
        sending = group.create_task(send(bridge, session, PLAIN, body()))
        started = await until(events, type="utterance", status="started")
        await until(events, type="sentence", status="ended")
        _, shown = await bridge.get(session)
        (utterance,) = shown["utterances"]
        assert utterance["utterance_id"] == started.data["utterance_id"]
        assert len(utterance["text"]) < 12 * 1024
        assert sent < 24 * 1024 * 1024  # the kernel's buffers hold some of it
        await bridge.post(f"{session}/interrupt")
        await until(events, type="utterance", status="interrupted")
        sending.cancel()


async def test_what_is_not_of_its_form_is_refused(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        status, answer = await send(bridge, session, NDJSON, b'{"text":"This is fine."}\n{"text":5}\n')
        assert (status, answer["code"]) == (400, "invalid_request")
        end = await until(events, type="utterance", status="failed")
        assert (end.data["error"]["code"], end.data["heard"]) == ("invalid_request", "This is fine.")
    for kind in ("application/json", "image/png", "text/plain; charset=latin-1"):
        status, answer = await send(bridge, session, kind, b"x")
        assert (status, answer["code"]) == (415, "unsupported_media_type")
    status, answer = await send(bridge, session, PLAIN, b"x", Content_Encoding="gzip")
    assert (status, answer["code"]) == (415, "unsupported_media_type")
    for query in ("wait=never", "interrupt=perhaps", "more=1", "timeout_s=nan", "timeout_s=-1"):
        status, answer = await send(bridge, session, PLAIN, b"x", query)
        assert (status, answer["code"]) == (400, "invalid_request")


async def test_a_body_that_pauses_for_too_long_is_given_up(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "PAUSE_S", 0.3)
    session = await bridge.live()
    over = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"One sentence, and then nothing."
        await over.wait()

    async with bridge.events(session) as events, asyncio.TaskGroup() as group:
        sending = group.create_task(send(bridge, session, PLAIN, body()))
        end = await until(events, type="utterance", status="failed")
        assert end.data["error"]["code"] == "request_timeout"
        over.set()
    assert sending.result()[0] == 408


async def test_answers_and_repetitions(bridge: Bridge) -> None:
    session = await bridge.live()
    status, accepted = await send(bridge, session, PLAIN, b"Accepted.", "", Idempotency_Key="k")
    assert (status, accepted["status"]) == (202, "queued")
    assert (await send(bridge, session, PLAIN, b"Accepted.", "", Idempotency_Key="k"))[1] == accepted
    status, started = await send(bridge, session, PLAIN, b"Now.", "wait=started&interrupt=true")
    assert (status, started["status"]) == (200, "started")
    status, empty = await send(bridge, session, PLAIN, b"")
    assert (status, empty["status"], empty["heard"]) == (200, "ended", "")
