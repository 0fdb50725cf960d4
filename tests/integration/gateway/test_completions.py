"""The language model's own interface, with a face."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.integration.gateway.conftest import Bridge, bridging, until
from tests.support.fake_openai import Abort, FakeOpenAI, Raw, Reply, Think, Wait

ASK = {"model": "fake-model", "messages": [{"role": "user", "content": "Hi"}], "stream": True}


@asynccontextmanager
async def asked(bridge: Bridge, session: str | None, body: object, **headers: str):
    sent = {"X-Avatar-Session": session.rpartition("/")[2]} if session else {}
    async with bridge.http.post("/v1/chat/completions", json=body, headers={**sent, **headers}) as response:
        yield response


async def test_a_streamed_answer_is_passed_on_and_spoken(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply([Think("hm"), "**Hello** there", ". I am ", "your guide."]))
    extra = {**ASK, "temperature": 0.5, "stream_options": {"include_usage": True}, "future_field": {"a": [1]}}
    async with thinking.events(session) as events:
        async with asked(thinking, session, extra) as response:
            assert (response.status, response.content_type) == (200, "text/event-stream")
            text = await response.text()
        ended = await until(events, type="utterance", status="ended")
    assert ended.data["heard"] == "Hello there. I am your guide."
    chunks = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == (
        "**Hello** there. I am your guide."
    )
    assert text.endswith("data: [DONE]\n\n")
    assert llm.requests[-1].body.model_dump(exclude_unset=True) == extra


async def test_refusals_of_the_model_are_passed_on(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    for status in (400, 401, 429, 500):
        llm.script(Reply(status=status, body='{"error":{"message":"no","type":"fake","code":"x"}}'))
        async with asked(thinking, session, ASK) as response:
            assert response.status == status
            assert await response.json() == {"error": {"message": "no", "type": "fake", "code": "x"}}
    _, shown = await thinking.get(session)
    assert shown["utterances"] == []


async def test_an_interrupt_stops_the_speech_and_not_the_answer(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    go_on = asyncio.Event()
    llm.script(Reply(["This is the first sentence of a long answer. And ", Wait(go_on), "this one is not heard."]))
    async with thinking.events(session) as events, asked(thinking, session, ASK) as response:
        await until(events, type="utterance", status="started")
        await thinking.post(f"{session}/interrupt")
        end = await until(events, type="utterance", status="interrupted")
        go_on.set()
        text = await response.text()
    assert "this one is not heard." in text
    assert "not heard" not in end.data["heard"]


async def test_an_answer_is_asked_for_and_spoken_once_a_key(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply(["Only once."]), Reply(status=429), Reply(["Second try."]), Reply(["After the reset."]))
    key = {"Idempotency-Key": "k1"}
    async with asked(thinking, session, ASK, **key) as first, asked(thinking, session, ASK, **key) as second:
        told = await first.read()
        assert await second.read() == told
        assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert len(llm.requests) == 1
    async with asked(thinking, session, {**ASK, "stream": False}, **key) as response:
        assert (response.status, (await response.json(content_type=None))["code"]) == (422, "idempotency_mismatch")
    for status in (429, 200):  # what came to nothing may be tried again
        async with asked(thinking, session, ASK, **{"Idempotency-Key": "k2"}) as response:
            assert response.status == status
            await response.read()
    other = await thinking.live()
    async with asked(thinking, other, ASK, **key) as response:
        assert await response.read() != told
    await thinking.post(f"{session}/reset")
    async with asked(thinking, session, ASK, **key) as response:
        assert await response.read() != told
    assert len(llm.requests) == 5


async def test_what_was_spoken_once_a_key_was_spoken_once(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply(["Only once."]))
    async with thinking.events(session) as events:
        for _ in range(2):
            async with asked(thinking, session, ASK, **{"Idempotency-Key": "k1"}) as response:
                await response.read()
        await thinking.post(f"{session}/say", {"text": "The end."})
        heard: list[str] = []
        while not heard or heard[-1] != "The end.":
            heard.append((await until(events, type="utterance", status="ended")).data["heard"])
    assert heard == ["Only once.", "The end."]


async def test_a_client_that_leaves_cancels_the_model(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply(["Only this much came. ", Wait(asyncio.Event())]))
    async with thinking.events(session) as events:
        async with asked(thinking, session, ASK) as response:
            await response.content.readany()
            await until(events, type="utterance", status="queued")
            response.close()
        async with asyncio.timeout(5):
            await llm.requests[-1].closed.wait()
        end = await until(events, type="utterance", status="failed")
        assert end.data["error"]["code"] == "source_lost"


async def test_a_model_that_breaks_off_breaks_the_answer_off(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply(["This much came. ", Abort()]))
    async with thinking.events(session) as events:
        with pytest.raises(aiohttp.ClientError):
            async with asked(thinking, session, ASK) as response:
                await response.read()
        end = await until(events, type="utterance", status="failed")
        assert (end.data["error"]["code"], end.data["heard"].strip()) == ("dialog_failed", "This much came.")


async def test_an_event_that_is_too_long_for_us_is_not_for_the_client(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    long = b"data: " + b"x" * 70_000 + b"\n\n"
    llm.script(Reply(["A word. ", Raw(long)]))
    async with asked(thinking, session, ASK) as response:
        assert long in await response.read()


async def test_clear_errors(thinking: Bridge, bridge: Bridge) -> None:
    session = await thinking.live()
    for body, headers, status, code in (
        (ASK, {}, 400, "invalid_request"),
        (ASK, {"X-Avatar-Session": "unknown"}, 404, "session_not_found"),
        ([1], {"X-Avatar-Session": session.rpartition("/")[2]}, 400, "invalid_request"),
    ):
        async with asked(thinking, None, body, **headers) as response:
            assert (response.status, (await response.json(content_type=None))["code"]) == (status, code)
    async with asked(bridge, await bridge.create(), ASK) as response:
        assert (response.status, (await response.json(content_type=None))["code"]) == (409, "no_language_model")
    async with thinking.http.delete(session):
        pass
    async with asked(thinking, session, ASK) as response:
        assert (response.status, (await response.json(content_type=None))["code"]) == (409, "session_ended")


async def test_a_server_that_is_not_there(emulator: str, tmp_path: Path) -> None:
    llm: dict[str, object] = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}
    async with bridging(emulator, tmp_path, llm=llm) as bridge:
        session = await bridge.create()
        async with asked(bridge, session, ASK) as response:
            assert (response.status, (await response.json(content_type=None))["code"]) == (502, "dialog_failed")


WHOLE: dict[str, Any] = {
    "id": "c",
    "object": "chat.completion",
    "choices": [
        {"index": 1, "message": {"role": "assistant", "content": "Not this."}, "finish_reason": "stop"},
        {"index": 0, "message": {"role": "assistant", "content": "This one."}, "finish_reason": "stop"},
    ],
    "usage": {"total_tokens": 7},
    "unknown": {"kept": True},
}
TOOLS: dict[str, Any] = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": None, "tool_calls": [{"id": "t"}]}}]
}


@asynccontextmanager
async def answering(answer: bytes) -> AsyncGenerator[str]:
    """Serve a model that gives the same whole answer every time."""

    async def answered(_request: web.Request) -> web.Response:
        return web.Response(body=answer, content_type="application/json", headers={"OpenAI-Processing-Ms": "7"})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answered)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("answer", "heard"), [(WHOLE, "This one."), (TOOLS, None)])
async def test_a_whole_answer_is_passed_on_byte_for_byte(
    emulator: str, tmp_path: Path, answer: dict[str, Any], heard: str | None
) -> None:
    body = json.dumps(answer, indent=1).encode()
    async with answering(body) as url, bridging(emulator, tmp_path, llm={"base_url": url, "model": "m"}) as bridge:
        session = await bridge.live()
        async with bridge.events(session) as events:
            await anext(events)
            async with asked(bridge, session, {**ASK, "stream": False}) as response:
                assert (response.status, response.headers["OpenAI-Processing-Ms"]) == (200, "7")
                assert await response.read() == body
            if heard is None:
                _, shown = await bridge.get(session)
                assert shown["utterances"] == []
            else:
                assert (await until(events, type="utterance", status="ended")).data["heard"] == heard


async def test_a_drivers_token_names_the_session_and_a_watchers_is_refused(
    emulator: str, tmp_path: Path, llm: FakeOpenAI
) -> None:
    key = "operator-key-of-the-tests"
    sections: dict[str, dict[str, object]] = {
        "server": {"api_key": key},
        "llm": {"base_url": llm.base_url, "model": "fake-model", "api_key": "canary-llm-key"},
    }
    async with bridging(emulator, tmp_path, **sections) as bridge:
        bridge.http.headers["Authorization"] = f"Bearer {key}"
        one, two = await bridge.live(), await bridge.create()
        _, driver = await bridge.post(f"{one}/token", {"role": "driver"})
        _, watcher = await bridge.post(f"{one}/token", {"role": "watcher"})
        del bridge.http.headers["Authorization"]
        as_driver = {"Authorization": f"Bearer {driver['token']}"}
        async with asked(bridge, None, ASK, **as_driver) as response:
            assert response.status == 200
            await response.read()
        assert llm.requests[-1].headers["Authorization"] == "Bearer canary-llm-key"
        for session, token in ((two, driver["token"]), (one, watcher["token"])):
            async with asked(bridge, session, ASK, Authorization=f"Bearer {token}") as response:
                assert response.status == 403
        async with asked(bridge, one, ASK) as response:
            assert response.status == 401
        llm.script(Reply(status=401, body='{"error":{"message":"wrong key: canary-llm-key"}}'))
        async with asked(bridge, one, ASK, **as_driver) as response:
            assert response.status == 401
            assert "canary" not in await response.text()
