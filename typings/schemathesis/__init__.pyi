# What the tests use of schemathesis 4, whose own types are partly unknown.

from collections.abc import Callable
from typing import TypeVar

from hypothesis import settings as Settings

from schemathesis import config, openapi, pytest

F = TypeVar("F", bound=Callable[..., object])

class Case:
    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, object]
    body: dict[str, object] | list[object] | str | bytes | None
    def call_and_validate(self) -> object: ...

class Response:
    status_code: int

class HookContext: ...
class SerializationContext: ...

class StateMachine:
    @staticmethod
    def run(*, settings: Settings | None = None) -> None: ...

class Schema:
    def validate(self) -> None: ...
    def include(self, *, operation_id: list[str]) -> Schema: ...
    def as_state_machine(self) -> type[StateMachine]: ...
    def parametrize(self) -> Callable[[F], F]: ...

def hook(function: F) -> F: ...
def serializer(media_type: str, *more: str) -> Callable[[F], F]: ...

__all__ = ["Case", "HookContext", "Response", "Schema", "SerializationContext", "config", "hook", "openapi", "pytest", "serializer"]
