"""Every operation as openapi.json describes it, tried with data that fits and data that does not.

`AVATAR_BRIDGE_TEST_PROFILE=thorough` tries far more, and differently each time.
"""

import json
import os
import re
import uuid
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

from tests.support.served import served

if TYPE_CHECKING:
    from schemathesis import Schema

THOROUGH = os.environ.get("AVATAR_BRIDGE_TEST_PROFILE") == "thorough"
EXAMPLES = 300 if THOROUGH else 10
JOURNEYS = 200 if THOROUGH else 12
STEPS = 12 if THOROUGH else 8
LIMIT_S = 30
PATIENCE_S = 20.0
KEY = re.compile(r"[!-~]{1,255}")
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,128}")
JOURNEY = {
    "createSession": "POST /v1/sessions",
    "showSession": "GET /v1/sessions/{session_id}",
    "play": "GET /v1/sessions/{session_id}/play",
    "say": "POST /v1/sessions/{session_id}/say",
    "stream": "POST /v1/sessions/{session_id}/stream",
    "chat": "POST /v1/sessions/{session_id}/chat",
    "interrupt": "POST /v1/sessions/{session_id}/interrupt",
    "resetSession": "POST /v1/sessions/{session_id}/reset",
    "mintToken": "POST /v1/sessions/{session_id}/token",
    "closeSession": "DELETE /v1/sessions/{session_id}",
}
CONFIG: dict[str, object] = {
    "request-timeout": LIMIT_S,
    "max-stream-events": 20,
    # Sessions end by themselves here, and one that has ended can be looked at for another minute.
    "checks": {"ensure_resource_availability": {"enabled": False}, "use_after_free": {"enabled": False}},
}
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    derandomize=not THOROUGH,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
tried: Counter[str] = Counter()
found: Counter[str] = Counter()
"""How often an operation was tried, and how often it succeeded."""


class Content(msgspec.Struct):
    """What a call takes."""

    example: msgspec.Raw = msgspec.Raw(b"{}")


class RequestBody(msgspec.Struct):
    """The body of a call, by media type."""

    content: dict[str, Content] = {}


class Operation(msgspec.Struct, rename="camel"):
    """As much of an operation as is needed here."""

    request_body: RequestBody | None = None


class Document(msgspec.Struct):
    """As much of openapi.json as is needed here."""

    paths: dict[str, dict[str, Operation]]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Return the address of a server whose sessions end soon, so that their event streams do."""
    with served(tmp_path_factory.mktemp("state")) as address:
        yield address


def description(address: str, mode: str) -> "Schema":
    """Return the description that the server gives of itself, to be tried with data that fits, or with all."""
    generation = {"mode": mode, "deterministic": not THOROUGH}
    config = SchemathesisConfig.from_dict({**CONFIG, "generation": generation})
    return schemathesis.openapi.from_url(f"{address}/openapi.json", config=config)


@pytest.fixture(scope="module")
def api(address: str) -> "Schema":
    """Return all operations, to be tried with data that fits and data that does not."""
    return description(address, "all")


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, object]) -> None:
    """Make a request one of its own, with a new Idempotency-Key, and count it."""
    tried[f"{case.method} {case.path}"] += 1
    if KEY.fullmatch(str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    if isinstance(case.body, dict) and case.path == "/v1/sessions":
        case.body = lenient(case.body)
    if isinstance(case.body, dict) and isinstance(avatar := case.body.get("avatar"), str) and NAME.fullmatch(avatar):
        case.body["avatar"] = None  # the names that a server knows stand in its settings
    if isinstance(case.body, dict):
        make_patient(case.body)
    make_patient(case.query)


def make_patient(wish: dict[str, object]) -> None:
    """Let a wish wait for long enough: who has less patience gets 504, as is written."""
    patience = wish.get("timeout_s")
    if isinstance(patience, float) and 0 < patience < PATIENCE_S:
        wish["timeout_s"] = PATIENCE_S


def lenient(wish: dict[str, object]) -> dict[str, object]:
    """Return the wish for a session so that neither other settings nor an earlier session stand in its way."""
    changed = dict(wish)
    if changed.get("dialog") in ("llm", "voice"):
        changed["dialog"] = None
    if isinstance(changed.get("replace", False), bool):
        changed["replace"] = True  # the same wish must have the same answer, or a journey cannot be repeated
    return changed


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Count what succeeded."""
    found[f"{case.method} {case.path}"] += response.status_code < 300


@schemathesis.serializer("application/x-ndjson")
def as_lines(context: schemathesis.SerializationContext, value: object) -> bytes:
    """Return one line of JSON."""
    return json.dumps(value).encode() + b"\n"


@schemathesis.serializer("text/event-stream")
def as_events(context: schemathesis.SerializationContext, value: object) -> bytes:
    """Return one event with JSON in it."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


@schemathesis.serializer("application/sdp")
def as_it_is(context: schemathesis.SerializationContext, value: object) -> bytes:
    """Return a text, or what stands in its place, as bytes."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


described = schemathesis.pytest.from_fixture("api")


@described.parametrize()
@SETTINGS
def test_every_operation_does_what_is_written(case: schemathesis.Case) -> None:
    case.call_and_validate()


def test_journeys_through_the_life_of_sessions(address: str) -> None:
    """Create, then anything in any order with the session that there is, through the links of the description."""
    before = tried.copy()
    journeys = description(address, "positive").include(operation_id=list(JOURNEY))
    journeys.as_state_machine().run(settings=settings(SETTINGS, max_examples=JOURNEYS))
    met = tried - before
    assert met.keys() >= set(JOURNEY.values())
    assert found["POST /v1/sessions/{session_id}/say"] > 0


def test_no_request_may_have_a_property_that_is_not_described(address: str) -> None:
    answer = requests.get(f"{address}/openapi.json", timeout=LIMIT_S)
    document = msgspec.json.decode(answer.content, type=Document)
    session = str(requests.post(f"{address}/v1/sessions", json={}, timeout=LIMIT_S).json()["session_id"])
    refused: set[str] = set()
    for path, operations in document.paths.items():
        body = operations["post"].request_body if "post" in operations else None
        content = body.content.get("application/json") if body else None
        if content is None or path == "/v1/chat/completions":  # whose further properties go to the model
            continue
        sent = {**json.loads(bytes(content.example)), "canary": 1}
        place = path.replace("{session_id}", session).replace("{message_id}", "any")
        answer = requests.post(address + place, json=sent, timeout=LIMIT_S)
        assert (path, answer.status_code) == (path, 400)
        assert [error["field"] for error in answer.json()["errors"]] == ["canary"]
        refused.add(path.rpartition("/")[2])
    assert refused >= {"sessions", "say", "chat", "interrupt"}


def test_the_description_is_openapi(api: "Schema") -> None:
    api.validate()


def test_the_committed_description_is_the_one_that_is_served(address: str) -> None:
    committed = Path(__file__).parents[3] / "docs" / "api"
    for name in ("openapi", "asyncapi"):
        answer = requests.get(f"{address}/{name}.json", timeout=LIMIT_S)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json() == json.loads((committed / f"{name}.json").read_text("utf-8"))
