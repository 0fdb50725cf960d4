"""The catalogue of all errors: `bridge.errors` says what there is, errors.toml beside this file what to do."""

import inspect
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec

from bridge import errors
from bridge.errors import BridgeError

TEXTS = Path(__file__).with_name("errors.toml")


class Advice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of errors.toml."""

    number: int
    advice: str
    happened: str | None = None


class CataloguedError(msgspec.Struct, frozen=True, kw_only=True):
    """One error: `number` and `code` are stable, `status` is that of HTTP."""

    number: int
    code: str
    status: int
    retryable: bool
    meaning: str
    advice: str


@cache
def catalogue() -> Sequence[CataloguedError]:
    """Return all errors by number. Raises LookupError when the code and errors.toml do not have the same ones."""
    public = {kind.code: kind for kind in _kinds(BridgeError)}
    texts = msgspec.convert(tomllib.loads(TEXTS.read_text("utf-8")), dict[str, Advice])
    numbers = [text.number for text in texts.values()]
    for missing in sorted(set(public) - set(texts)):
        raise LookupError(
            f"{TEXTS.name} has nothing about {missing}: add [{missing}] with a number of its own and advice"
        )
    for stale in sorted(set(texts) - set(public)):
        raise LookupError(f"{TEXTS}: the code has no {stale}")
    for number in numbers:
        if numbers.count(number) > 1:
            raise LookupError(f"{TEXTS}: {number} is given twice")
    found = [_catalogued(kind, texts[code]) for code, kind in public.items()]
    return sorted(found, key=lambda error: error.number)


def _catalogued(kind: type[BridgeError], text: Advice) -> CataloguedError:
    return CataloguedError(
        number=text.number,
        code=kind.code,
        status=kind.status,
        retryable=kind.retryable,
        meaning=text.happened or inspect.cleandoc(kind.__doc__ or "").splitlines()[0],
        advice=text.advice,
    )


def _kinds(kind: type[BridgeError]) -> Iterator[type[BridgeError]]:
    """Yield the classes of `bridge.errors`, each before those that are a case of it."""
    yield kind
    for child in kind.__subclasses__():
        if child.__module__.startswith(errors.__name__):
            yield from _kinds(child)
