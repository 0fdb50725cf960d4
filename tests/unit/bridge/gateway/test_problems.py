import json

import msgspec
import pytest
from aiohttp import web
from pydantic import BaseModel, ValidationError

from bridge import errors
from bridge.errors import BridgeError, CloudRefused, InvalidRequest, TooManySessions, Unauthorized, WaitTimeout
from bridge.gateway import problems
from bridge.gateway.models import Say
from bridge.gateway.requests import parse_json
from bridge.session.events import Problem


def body(response: web.Response) -> dict[str, object]:
    assert isinstance(response.body, bytes)
    return json.loads(response.body)


def name_of(kind: type[BridgeError]) -> str:
    return kind.__name__


def all_errors(root: type[BridgeError]) -> set[type[BridgeError]]:
    return {root}.union(*(all_errors(kind) for kind in root.__subclasses__()))


KINDS = sorted(all_errors(BridgeError) - {problems.InvalidFields}, key=name_of)


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_every_error_has_a_problem(kind: type[BridgeError]) -> None:
    error = kind("do this", "u") if issubclass(kind, WaitTimeout) else kind("do this")
    answer = problems.answer_of(error)
    assert answer.status == kind.status
    assert answer.content_type == "application/problem+json"
    told = body(answer)
    assert (told["code"], told["detail"], told["retryable"]) == (kind.code, "do this", kind.retryable)


def test_what_only_some_have() -> None:
    assert body(problems.answer_of(CloudRefused("x", cloud_code=100001)))["cloud_code"] == 100001
    assert body(problems.answer_of(WaitTimeout("x", "u1")))["utterance_id"] == "u1"
    assert problems.answer_of(Unauthorized("x")).headers["WWW-Authenticate"].startswith("Bearer")
    assert problems.answer_of(TooManySessions("x")).headers["Retry-After"] == "1"
    assert "cloud_code" not in body(problems.answer_of(BridgeError("x")))


def test_an_unexpected_error_tells_only_an_id() -> None:
    answer = problems.answer_of(ZeroDivisionError("canary"))
    told = body(answer)
    assert (answer.status, told["code"]) == (500, "internal")
    assert told["error_id"]
    assert "canary" not in str(told)
    assert "Zero" not in str(told)


class Wish(BaseModel):
    number: int
    word: str


def test_wrong_fields_are_named_without_their_values() -> None:
    with pytest.raises(ValidationError) as caught:
        Wish.model_validate({"number": "canary", "word": ["canary"]})
    told = body(problems.answer_of(caught.value))
    assert told["code"] == "invalid_request"
    fields = msgspec.convert(told["errors"], list[dict[str, str]])
    assert [error["field"] for error in fields] == ["number", "word"]
    assert "canary" not in str(told)


def test_a_slip_in_a_name_is_told_as_one() -> None:
    with pytest.raises(InvalidRequest, match=r"^text: is missing$") as caught:
        parse_json(b'{"txt": "canary"}', Say)
    assert msgspec.to_builtins(problems.problem_of(caught.value).errors) == [
        {"field": "text", "message": "is missing"},
        {"field": "txt", "message": "is unknown; look for a slip in its name"},
    ]


def test_an_error_of_an_event_is_told_in_a_chat() -> None:
    assert msgspec.to_builtins(problems.of_event(Problem("c", "m", True, 7))) == {
        "code": "c",
        "detail": "m",
        "retryable": True,
        "cloud_code": 7,
    }
    assert "cloud_code" not in msgspec.to_builtins(problems.of_event(Problem("c", "m")))


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (web.HTTPNotFound(), 404, "not_found"),
        (web.HTTPRequestEntityTooLarge(10, 20), 413, "body_too_large"),
        (web.HTTPMethodNotAllowed("PUT", ["GET"]), 405, "method_not_allowed"),
        (web.HTTPExpectationFailed(text="canary"), 417, "invalid_request"),
        (web.HTTPBadGateway(), 502, "internal"),
        (web.RequestPayloadError("canary"), 400, "invalid_request"),
        (errors.NotFound("x"), 404, "not_found"),
    ],
)
def test_errors_of_the_library_have_our_shape(raised: Exception, status: int, code: str) -> None:
    answer = problems.answer_of(raised)
    assert (answer.status, body(answer)["code"]) == (status, code)
    assert "canary" not in str(body(answer))
