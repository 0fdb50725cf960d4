"""What `doctor` finds out by asking: our own port, the cloud and the LLM. Nothing here costs more than one token."""

import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
import msgspec

from bridge.cli import extras, ports
from bridge.cli.account import check_account
from bridge.cli.finding import Finding, Outcome
from bridge.clouds.tencent.clock import MAX_SKEW_S
from bridge.errors import BridgeError
from bridge.settings import Settings
from bridge.talk.dialogs import OPENAI_URL

TIMEOUT = aiohttp.ClientTimeout(total=10)
NO_ACCOUNT = "cloud.appkey and cloud.accesstoken are not set"


class _Version(msgspec.Struct):
    version: str


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


async def port(settings: Settings, http: aiohttp.ClientSession) -> Finding:
    """Whether the server could listen, or does so already."""
    server = settings.server
    if ports.is_free(server.host, server.port):
        return Finding("port", Outcome.GOOD, f"{server.host}:{server.port} is free")
    try:
        scheme = "https" if server.tls_cert else "http"
        # It is our own port on this machine; whose name the certificate bears does not matter here.
        async with http.get(f"{scheme}://127.0.0.1:{server.port}/version", timeout=TIMEOUT, ssl=False) as answer:
            running = msgspec.json.decode(await answer.read(), type=_Version)
        return Finding("port", Outcome.SKIPPED, f"an avatar-bridge {running.version} is running on {server.port}")
    except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError):
        advice = "stop that program, or set server.port"
        return Finding("port", Outcome.BAD, f"another program uses {server.host}:{server.port}", advice)


async def cloud(settings: Settings, http: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    """Yield whether the cloud is reachable, what its clock says, and whether it takes the credentials."""
    if not settings.cloud.appkey or not settings.cloud.accesstoken:
        yield Finding("cloud", Outcome.SKIPPED, NO_ACCOUNT, "serve needs them; avatar-bridge demo does not")
        for check in ("clock", "credentials", "avatar"):
            yield Finding(check, Outcome.SKIPPED, "needs the cloud")
        return
    base_url = str(settings.cloud.base_url)
    try:
        async with http.get(base_url, timeout=TIMEOUT, allow_redirects=False) as answer:
            date = answer.headers.get("Date")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        advice = "check the network, the proxy and cloud.base_url"
        yield Finding("cloud", Outcome.BAD, f"{base_url} cannot be reached ({type(error).__name__})", advice)
        for check in ("clock", "credentials"):
            yield Finding(check, Outcome.SKIPPED, "needs the cloud")
    else:
        yield Finding("cloud", Outcome.GOOD, f"{base_url} answers")
        yield _clock(date)
        yield await _credentials(settings, http)
    yield _avatar(settings)


def _clock(date: str | None) -> Finding:
    try:
        skew = time.time() - parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return Finding("clock", Outcome.SKIPPED, "the cloud does not tell its time")
    if abs(skew) > MAX_SKEW_S:
        detail = f"this machine is {abs(skew) / 60:.0f} minutes {'ahead' if skew > 0 else 'behind'}"
        return Finding("clock", Outcome.BAD, detail, "set it, for example: timedatectl set-ntp true")
    return Finding("clock", Outcome.GOOD, f"within {abs(skew):.0f} s of the cloud's")


async def _credentials(settings: Settings, http: aiohttp.ClientSession) -> Finding:
    try:
        await check_account(settings, http)
    except BridgeError as error:
        return Finding("credentials", Outcome.BAD, f"{error.message} ({error.code})")
    return Finding("credentials", Outcome.GOOD, "the cloud accepts cloud.appkey and cloud.accesstoken")


def _avatar(settings: Settings) -> Finding:
    named = "cloud.project_id" if settings.cloud.project_id else "cloud.asset_key"
    if not (settings.cloud.project_id or settings.cloud.asset_key):
        advice = "the cloud's console shows the id of each project"
        return Finding("avatar", Outcome.BAD, "neither cloud.project_id nor cloud.asset_key is set", advice)
    detail = f"{named} is set; whether the cloud knows it shows with the first session"
    return Finding("avatar", Outcome.GOOD, detail)


async def llm(settings: Settings, http: aiohttp.ClientSession) -> Finding:
    """Whether the LLM answers and has the model: its list of models, or else one token."""
    if settings.llm.model is None:
        return Finding("llm", Outcome.SKIPPED, "llm.model is not set; the built-in quick answers speak")
    if extras.missing("llm"):
        return Finding("llm", Outcome.BAD, "llm.model is set, but the extra llm is missing", extras.install_line("llm"))
    base_url = str(settings.llm.base_url or OPENAI_URL).rstrip("/")
    key = settings.llm.api_key.get_secret_value() if settings.llm.api_key else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        async with http.get(f"{base_url}/models", headers=headers, timeout=TIMEOUT) as answer:
            status, content = answer.status, await answer.read()
        if status == HTTPStatus.OK and settings.llm.model in _model_ids(content):
            return Finding("llm", Outcome.GOOD, f"{base_url} has the model")
        if status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            ask = {"model": settings.llm.model, "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}
            url = f"{base_url}/chat/completions"
            async with http.post(url, json=ask, headers=headers, timeout=TIMEOUT) as answer:
                status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        detail = f"{base_url} does not answer ({type(error).__name__})"
        return Finding("llm", Outcome.BAD, detail, "start it, or check llm.base_url")
    return _llm_status(status, base_url)


def _llm_status(status: int, base_url: str) -> Finding:
    if status == HTTPStatus.OK:
        return Finding("llm", Outcome.GOOD, f"{base_url} answers")
    refused = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    advice = "check llm.api_key" if refused else "check llm.base_url and llm.model"
    return Finding("llm", Outcome.BAD, f"{base_url} answered HTTP {status}", advice)


def _model_ids(content: bytes) -> set[str]:
    try:
        return {model.id for model in msgspec.json.decode(content, type=_Models).data}
    except msgspec.MsgspecError:
        return set()
