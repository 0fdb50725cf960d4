import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from pydantic import SecretStr

from dialog.errors import (
    LlmAnswerTooLong,
    LlmEmptyAnswer,
    LlmError,
    LlmModelNotFound,
    LlmRateLimited,
    LlmRequestRejected,
    LlmStalled,
    LlmStreamBroken,
    LlmUnauthorized,
    LlmUnavailable,
    LlmUnreachable,
)
from dialog.llm import MAX_ANSWER, OpenAIDialog
from dialog.protocol import Dialog, Message
from dialog.tools import JsonObject
from tests.support.fake_openai import Abort, FakeOpenAI, Raw, Reply, Stall, Think, Wait

KEY = "sk-very-secret-0123456789"
BRIEFLY = 0.5


@pytest.fixture
async def server() -> AsyncGenerator[FakeOpenAI, None]:
    async with FakeOpenAI.running() as running:
        yield running


@pytest.fixture
async def dialog(server: FakeOpenAI) -> AsyncGenerator[OpenAIDialog, None]:
    made = OpenAIDialog(base_url=server.base_url, model="fake-model", api_key=SecretStr(KEY), system_prompt="Be brief.")
    yield made
    await made.aclose()
    await made.aclose()


async def answer(dialog: Dialog, message: str = "hi") -> list[str]:
    async with aclosing(dialog.answer([], message)) as texts:
        return [text async for text in texts]


async def failure(dialog: Dialog) -> LlmError:
    with pytest.raises(LlmError) as caught:
        await answer(dialog)
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


async def test_the_answer_comes_token_by_token(server: FakeOpenAI, dialog: OpenAIDialog):
    more = asyncio.Event()
    server.script(Reply(["\n", "Hello", " you", Wait(more), "好", "."]))
    async with aclosing(dialog.answer([], "hi")) as texts:
        assert await anext(texts) == "Hello"
        assert await anext(texts) == " you"
        more.set()
        assert [text async for text in texts] == ["好", "."]


async def test_the_request_holds_the_conversation_and_nothing_else(server: FakeOpenAI, dialog: OpenAIDialog):
    history = [
        Message("user", "I am Bo."),
        Message("user", "Who are you?"),
        Message("assistant", "I am Yun."),
        Message("user", "Never mind."),
    ]
    async with aclosing(dialog.answer(history, "Who am I?")) as texts:
        assert "".join([text async for text in texts]) == "Hello, world."
    (request,) = server.requests
    assert request.body.model_dump(exclude_unset=True) == {
        "model": "fake-model",
        "stream": True,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "I am Bo.\nWho are you?"},
            {"role": "assistant", "content": "I am Yun."},
            {"role": "user", "content": "Never mind.\nWho am I?"},
        ],
    }


async def test_a_request_has_the_servers_own_options(server: FakeOpenAI):
    options: JsonObject = {"temperature": 0.2, "chat_template_kwargs": {"enable_thinking": False}}
    dialog = OpenAIDialog(base_url=server.base_url, model="m", options=options)
    await answer(dialog)
    await dialog.aclose()
    assert server.requests[0].body.model_dump().items() >= options.items()


async def test_nothing_comes_from_the_environment(server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch):
    for name, value in {
        "OPENAI_API_KEY": "sk-environment",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "OPENAI_ORG_ID": "org-environment",
        "OPENAI_PROJECT_ID": "project-environment",
        "OPENAI_CUSTOM_HEADERS": "X-Custom: environment\nAuthorization: Bearer environment",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    for key, authorization in ((SecretStr(KEY), f"Bearer {KEY}"), (None, None)):
        dialog = OpenAIDialog(base_url=server.base_url, model="m", api_key=key)
        assert await answer(dialog) == ["Hello", ", world", "."]
        await dialog.aclose()
        headers = {name.lower(): value for name, value in server.requests[-1].headers.items()}
        assert headers.pop("authorization", None) == authorization
        assert headers.pop("user-agent") == "avatar-bridge"
        assert set(headers) <= {"host", "accept", "accept-encoding", "connection", "content-type", "content-length"}


@pytest.mark.parametrize(
    ("status", "error", "attempts"),
    [
        (401, LlmUnauthorized, 1),
        (403, LlmUnauthorized, 1),
        (404, LlmModelNotFound, 1),
        (400, LlmRequestRejected, 1),
        (302, LlmRequestRejected, 1),
        (429, LlmRateLimited, 2),
        (409, LlmUnavailable, 2),
        (422, LlmRequestRejected, 1),
        (408, LlmUnavailable, 2),
        (500, LlmUnavailable, 2),
        (503, LlmUnavailable, 2),
    ],
)
async def test_each_refusal_has_its_error(
    server: FakeOpenAI, dialog: OpenAIDialog, status: int, error: type[LlmError], attempts: int
):
    refusal = Reply(status=status, body=f'{{"error": {{"message": "Incorrect API key provided: {KEY}"}}}}')
    server.script(refusal, refusal)
    raised = await failure(dialog)
    assert type(raised) is error
    assert f"HTTP {status}" in str(raised)
    assert server.base_url in str(raised)
    assert len(server.requests) == attempts


async def test_a_second_attempt_may_succeed(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(Reply(status=500), Reply(["Here I am."]))
    assert await answer(dialog) == ["Here I am."]
    server.script(Reply([Abort()]), Reply(["Again."]))
    assert await answer(dialog) == ["Again."]


async def test_a_refusal_says_how_long_to_wait(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(Reply(status=429, headers={"Retry-After": "60"}))
    raised = await failure(dialog)
    assert isinstance(raised, LlmRateLimited)
    assert raised.retry_after_s == 60
    assert len(server.requests) == 1
    for words in ("0", "soon", "-1", "Wed, 21 Oct 2015 07:28:00 GMT", "\u0664"):
        server.script(Reply(status=429, headers={"Retry-After": words}), Reply(["Yes."]))
        assert await answer(dialog) == ["Yes."]


async def test_nothing_is_said_twice_when_the_stream_breaks(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(Reply(["Hello", Abort()]))
    async with aclosing(dialog.answer([], "hi")) as texts:
        assert await anext(texts) == "Hello"
        with pytest.raises(LlmStreamBroken):
            await anext(texts)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"data: {not json\n\n",
        b'data: {"error": {"message": "overloaded"}}\n\n',
        b"\xff\xfe: \n\n",
        b'data: {"choices": [{"delta": {"content": "\xe4\xbd"}}]}\n\n',
        b'data: {"choices": [{"delta": null}]}\n\n',
        b'data: {"choices": 5}\n\n',
        b'data: "words"\n\n',
        b"data: [1]\n\n",
        b"data: null\n\n",
        b"data: " + b"[" * 100_000 + b"\n\n",
    ],
)
async def test_an_unreadable_stream_is_a_broken_one(server: FakeOpenAI, dialog: OpenAIDialog, data: bytes):
    server.script(Reply(["Hello", Raw(data)]))
    raised = await failure(dialog)
    assert isinstance(raised, LlmStreamBroken)
    assert raised.retryable


async def test_an_answer_without_text_is_an_error(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(Reply([]), Reply([" ", "\n"]))
    assert isinstance(await failure(dialog), LlmEmptyAnswer)
    assert len(server.requests) == 2


async def test_a_character_may_come_in_two_halves(server: FakeOpenAI, dialog: OpenAIDialog):
    event = 'data: {"choices": [{"delta": {"content": "你好"}}]}\n\n'.encode()
    server.script(Reply([Raw(event[:41]), Raw(event[41:])]))
    assert await answer(dialog) == ["你好"]


@pytest.mark.parametrize("pieces", [["x" * 1_000_000], ["x" * 1000] * 1000])
async def test_an_answer_without_end_is_cut_off(server: FakeOpenAI, dialog: OpenAIDialog, pieces: list[str]):
    server.script(Reply([*pieces, Stall()]))
    said: list[str] = []

    async def listen() -> None:
        async with aclosing(dialog.answer([], "hi")) as texts:
            async for text in texts:
                said.append(text)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(LlmAnswerTooLong, match="65536 characters"):
        await listen()
    assert len("".join(said)) <= MAX_ANSWER
    await asyncio.wait_for(server.requests[0].closed.wait(), 5)


async def test_thinking_without_end_is_cut_off(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(Reply([*[Think("x" * 10_000)] * 7, Stall()]))
    assert isinstance(await failure(dialog), LlmAnswerTooLong)


async def test_the_prompt_may_depend_on_what_was_said(server: FakeOpenAI):
    dialog = OpenAIDialog(base_url=server.base_url, model="m", system_prompt=lambda message: f"They said {message!r}.")
    await answer(dialog, "hallo")
    await dialog.aclose()
    assert server.requests[0].body.messages[0].content == "They said 'hallo'."


async def test_a_server_that_is_not_there():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dialog = OpenAIDialog(base_url=f"http://me:{KEY}@127.0.0.1:{unused.getsockname()[1]}/v1", model="m")
        raised = await failure(dialog)
        await dialog.aclose()
    assert isinstance(raised, LlmUnreachable)
    assert "llm.base_url" in str(raised)


async def test_silence_before_and_in_an_answer(server: FakeOpenAI):
    dialog = OpenAIDialog(base_url=server.base_url, model="m", first_token_s=BRIEFLY, next_token_s=5)
    server.script(Reply([Stall()]))
    assert "nothing within 0.5 s" in str(await failure(dialog))
    await dialog.aclose()
    dialog = OpenAIDialog(base_url=server.base_url, model="m", first_token_s=5, next_token_s=BRIEFLY)
    server.script(Reply(["Hello", Stall()]))
    raised = await failure(dialog)
    assert isinstance(raised, LlmStalled)
    assert "paused for 0.5 s" in str(raised)
    await dialog.aclose()
    assert len(server.requests) == 2
    for request in server.requests:
        await asyncio.wait_for(request.closed.wait(), 5)


async def test_thinking_is_a_sign_of_life_and_not_said(server: FakeOpenAI):
    dialog = OpenAIDialog(base_url=server.base_url, model="m", first_token_s=5, next_token_s=5)
    server.script(Reply([Think("Let me see"), Think("..."), "Yes."]))
    assert await answer(dialog) == ["Yes."]
    await dialog.aclose()


async def test_a_slow_reader_is_not_a_slow_model(
    server: FakeOpenAI, dialog: OpenAIDialog, monkeypatch: pytest.MonkeyPatch
):
    async with aclosing(dialog.answer([], "hi")) as texts:
        assert await anext(texts) == "Hello"
        loop = asyncio.get_running_loop()
        clock = loop.time
        monkeypatch.setattr(loop, "time", lambda: clock() + 20)
        assert [text async for text in texts] == [", world", "."]


async def test_closing_the_answer_closes_the_stream(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(Reply(["Hello", Stall()]))
    async with aclosing(dialog.answer([], "hi")) as texts:
        assert await anext(texts) == "Hello"
    await asyncio.wait_for(server.requests[0].closed.wait(), 5)


async def test_cancelling_the_reader_closes_the_stream(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(Reply(["Hello", Stall()]))
    texts = dialog.answer([], "hi")
    assert await anext(texts) == "Hello"
    reader = asyncio.ensure_future(anext(texts))
    await asyncio.sleep(0)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await asyncio.wait_for(server.requests[0].closed.wait(), 5)


async def test_no_conversation_reaches_a_log(
    server: FakeOpenAI, caplog: pytest.LogCaptureFixture, dialog: OpenAIDialog
):
    caplog.set_level(logging.DEBUG)
    server.script(Reply(["my answer"]))
    await answer(dialog, "my question")
    assert "my question" not in caplog.text
    assert "my answer" not in caplog.text
    assert KEY not in caplog.text


def test_a_missing_package_is_named_with_the_way_to_install_it():
    code = (
        "import sys; sys.modules['openai'] = None\n"
        "from dialog.errors import DialogPackageError\n"
        "try:\n    import dialog.llm\n"
        "except DialogPackageError as error:\n    print(error.code, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("llm_package_missing ")
    assert "pip install 'avatar-bridge[llm]'" in done.stdout
