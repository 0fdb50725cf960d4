"""Faults on demand: their grammar and when they strike. PURE.

A fault is written `<fault>[@<step>[:<n>]][=<value>]`, for example `drop@audio:17`, `delay@stat=2` or
`error@create:1=100014`. Without a step it strikes at every step it can; with `:n` at the n-th time this step is reached
by a user, counted from 1, and at no other; `=value` is what the table below says. A rule holds for one session, for one
UserId, or for all (`*`); a UserId may carry its own faults: `kiosk-7!drop@audio:17!delay@down=0.2`.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import get_args

from emulator.codes import CODES
from emulator.speech.cues import SpeakStatus

HTTP_STEPS = frozenset({"create", "stat", "start"})
UPLINK_STEPS = frozenset({"text", "stream", "audio", "beat"})
STATUSES = frozenset(get_args(SpeakStatus))
DOWNLINK_STEPS = frozenset({"down"}) | STATUSES
STEPS = HTTP_STEPS | {"connect"} | UPLINK_STEPS | DOWNLINK_STEPS

_SPEC = re.compile(r"(?P<name>[a-z_]+)(?:@(?P<step>[A-Za-z]+)(?::(?P<n>\d{1,9}))?)?(?:=(?P<value>[-\w.]{1,32}))?")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fault does, where it can, and what its value means ("" takes none)."""

    does: str
    steps: frozenset[str]
    value: str = ""
    default: float | None = None


KINDS: dict[str, Kind] = {
    "drop": Kind("the TCP connection is cut without a word", STEPS),
    "close": Kind("the channel is closed", frozenset(STEPS - HTTP_STEPS), "close code", 1001),
    "blackhole": Kind("nothing is heard or answered on this connection any more", STEPS),
    "delay": Kind("the step takes longer", STEPS, "seconds", 1.0),
    "error": Kind("the step is refused", frozenset(STEPS - DOWNLINK_STEPS), "error code", -101000),
    "stuck": Kind("statsession stays at 3", frozenset({"stat"})),
    "fail": Kind("the stream cannot be created: SessionStatus 4", frozenset({"stat"}), "error code", -111003),
    "rate": Kind("the step is refused as too frequent", frozenset(HTTP_STEPS | UPLINK_STEPS)),
    "duplicate": Kind("the frame comes twice", UPLINK_STEPS | DOWNLINK_STEPS),
    "reorder": Kind("the frame changes places with the next one", UPLINK_STEPS | DOWNLINK_STEPS),
    "slow": Kind("from now on every frame of this channel takes longer", STEPS - HTTP_STEPS, "seconds", 0.2),
    "no_pong": Kind("pings on this channel are not answered any more", STEPS - HTTP_STEPS),
    "restart": Kind("all sessions end with CloseType 4 and their channels are cut", STEPS),
    "lose": Kind("the frame vanishes", UPLINK_STEPS | DOWNLINK_STEPS),
}
MAX_DELAY_SECONDS = 600


class FaultError(ValueError):
    """A fault that cannot be read; the message says what is allowed instead."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `step` None is every step it can strike at, `n` None every time."""

    name: str
    step: str | None = None
    n: int | None = None
    value: float = 0.0


def parse(spec: str) -> Fault:
    """Return the fault written as `spec`; raises FaultError."""
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise FaultError(f"{spec[:80]!r} is no fault; write <fault>[@<step>[:<n>]][=<value>], as in drop@audio:17")
    name, step = match["name"], match["step"]
    kind = KINDS.get(name)
    if kind is None:
        raise FaultError(f"unknown fault {name!r}; there are {', '.join(KINDS)}")
    if step is not None and step not in kind.steps:
        raise FaultError(f"{name} cannot strike at {step!r}; its steps are {', '.join(sorted(kind.steps))}")
    n = int(match["n"]) if match["n"] else None
    if n == 0:
        raise FaultError("times are counted from 1")
    return Fault(name, step, n, _value(name, kind, match["value"]))


def _value(name: str, kind: Kind, text: str | None) -> float:
    if text is None:
        return kind.default or 0.0
    if not kind.value:
        raise FaultError(f"{name} takes no value")
    try:
        value = float(text)
    except ValueError:
        raise FaultError(f"{name} takes a number: the {kind.value}") from None
    allowed = {
        "close code": value in {1000, 1001, 1002, 1003, 1008, 1009, 1011, 1012, 1013} or 3000 <= value < 5000,
        "seconds": 0 <= value <= MAX_DELAY_SECONDS,
        "error code": value in CODES,
    }
    if not allowed[kind.value]:
        raise FaultError(f"{text} is no {kind.value} of {name}")
    return value


def of_user(user_id: str) -> list[Fault]:
    """Return the faults a UserId carries behind its `!` signs; raises FaultError."""
    return [parse(spec) for spec in user_id.split("!")[1:]]


@dataclass(slots=True)
class _Rule:
    target: str
    fault: Fault
    left: int | None
    reached: Counter[str] = field(default_factory=Counter[str])


class Faults:
    """The rules in force. Memory is bounded: at most `MAX_RULES` rules, the oldest goes first."""

    MAX_RULES = 1000

    def __init__(self) -> None:
        self._rules: list[_Rule] = []

    def add(self, target: str, fault: Fault, times: int | None = None) -> None:
        """Let `fault` strike the session or UserId `target`, or all with `*`; at most `times` times."""
        self._rules.append(_Rule(target, fault, times))
        del self._rules[: -self.MAX_RULES]

    def adopt(self, user_id: str) -> None:
        """Put the faults that `user_id` carries in force, once; raises FaultError."""
        faults = of_user(user_id)
        if faults and not any(rule.target == user_id for rule in self._rules):
            for fault in faults:
                self.add(user_id, fault)

    def clear(self) -> None:
        """Forget all rules."""
        self._rules.clear()

    def strike(self, step: str, *, user_id: str, session_id: str = "") -> list[Fault]:
        """Return the faults that strike as `user_id` reaches `step`, and count it."""
        struck: list[Fault] = []
        for rule in self._rules:
            if rule.target not in {"*", user_id, session_id} or not _concerns(rule.fault, step):
                continue
            rule.reached[user_id] += 1
            if rule.left == 0 or rule.fault.n not in {None, rule.reached[user_id]}:
                continue
            if rule.left is not None:
                rule.left -= 1
            struck.append(rule.fault)
        return struck


def _concerns(fault: Fault, step: str) -> bool:
    if fault.step is not None:
        return fault.step == step or (fault.step == "down" and step in STATUSES)
    return step in KINDS[fault.name].steps
