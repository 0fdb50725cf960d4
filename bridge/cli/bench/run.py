"""Runs the programs round by round, one after the other, so that what changes on the machine touches them alike."""

import os
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.cli.bench import text, voice
from bridge.cli.bench.cloud import Cloud
from bridge.cli.bench.figures import Round, most, summary
from bridge.cli.bench.model import Model
from bridge.cli.bench.programs import Program, Rig, cores, script, this_server
from bridge.cli.bench.report import Work
from bridge.cli.bench.sockets import Loop

KEPT_UP_MS = 20.0
"""Who has more at the 99th percentile does not keep up."""
FIRST = 100
LIMIT = 3_200

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done, and how often; with `search` also how much can be."""

    sessions: int
    streams: int
    seconds: float
    rounds: int
    search: bool


def voice_work(size: Size, against: Sequence[Path], note: Note) -> Work:
    """Measure the relay of sound. Raises BenchFailed."""
    with _rig() as rig:
        programs = [
            this_server({"CLOUD__BASE_URL": f"http://{rig.cloud.origin}"}, max(size.sessions, LIMIT)),
            script("bare_voice", rig.cloud.origin),
            *(script(str(path), rig.cloud.origin) for path in against),
        ]

        def once(program: Program, sessions: int) -> Round:
            note(f"{program.name}: {sessions} microphones, {size.seconds:g} s")
            return voice.measure(program, sessions, size.seconds, rig)

        rounds = _interleaved(programs, size.rounds, lambda program: once(program, size.sessions))
        found: dict[str, int] = {}
        for program in programs if size.search else ():

            def holds(sessions: int, program: Program = program) -> bool:
                seen = once(program, sessions)
                note(f"{program.name}: {seen.p99_ms:.1f} ms at the 99th percentile")
                return seen.p99_ms <= KEPT_UP_MS and seen.received == seen.expected

            found[program.name] = most(holds, FIRST, LIMIT)
    return Work("voice", "a session and second", {name: summary(each) for name, each in rounds.items()}, found)


def text_work(size: Size, note: Note) -> Work:
    """Measure the relay of a language model's answers. Raises BenchFailed."""
    with _rig() as rig:
        model = Model(rig.loop, size.streams)
        ours = {
            "CLOUD__BASE_URL": f"http://{rig.cloud.origin}",
            "LLM__BASE_URL": model.url,
            "LLM__MODEL": "bench",
            "LLM__API_KEY": "bench-model-key",
        }
        clauses = this_server(ours, size.streams)
        fragments = this_server({**ours, "DRIVE__CLAUSES": "false"}, size.streams)
        programs = [
            clauses,
            Program(f"{fragments.name}, fragments", fragments.command, fragments.speaks_api, fragments.environment),
            script("bare_text", rig.cloud.origin, model.url),
        ]

        def once(program: Program) -> Round:
            note(f"{program.name}: {size.streams} answers, {size.seconds:g} s")
            return text.measure(program, model, size.streams, size.seconds, rig)

        rounds = _interleaved(programs, size.rounds, once)
        model.close()
    return Work("text", "1000 tokens", {name: summary(each) for name, each in rounds.items()}, {})


def _interleaved(
    programs: Sequence[Program], count: int, once: Callable[[Program], Round]
) -> Mapping[str, Sequence[Round]]:
    rounds: dict[str, list[Round]] = {program.name: [] for program in programs}
    for _ in range(count):
        for program in programs:
            rounds[program.name].append(once(program))
    return rounds


@contextmanager
def _rig() -> Generator[Rig]:
    """Give the loop and the cloud, on a core of their own."""
    program, load = cores()
    free = os.sched_getaffinity(0)
    if load is not None:
        os.sched_setaffinity(0, {load})
    loop = Loop()
    cloud = Cloud(loop)
    try:
        with tempfile.TemporaryDirectory(prefix="avatar-bridge-bench-") as folder:
            yield Rig(loop, cloud, Path(folder), program)
    finally:
        cloud.close()
        loop.close()
        os.sched_setaffinity(0, free)
