"""W2: answers of a language model, 50 tokens a second each, on their way to the cloud.

A delay is counted from just before the token is sent with which a packet can be made, to the cloud's receipt of that
packet. For the bare reader that is every token; this server speaks in clauses, so there it is the token by which its
own rules know that the clause is complete: usually the first word of the next one.
"""

import gc
import json
import time
from collections.abc import Iterator, Sequence

from bridge.cli.bench.cloud import Channel
from bridge.cli.bench.figures import LOST, Round, quantiles
from bridge.cli.bench.model import Answer, Model, tokens
from bridge.cli.bench.programs import BenchFailed, Machine, Program, Rig, running
from bridge.cli.bench.sockets import Line
from bridge.cli.bench.visits import visits
from dialog.segment import Segmenter
from dialog.speakable import Speakable

WARM_TOKENS = 30
TOKENS_A_S = 50
GRACE_S = 20.0
SETTLE_S = 0.5
"""A question that comes before the end of the last answer has arrived would interrupt it."""

Packets = Sequence[tuple[int, str]]
"""For each packet the number of the token that completes it, and its text."""


def each_token(count: int) -> Packets:
    """Return the packets of a program that sends every token by itself."""
    return list(enumerate(tokens(count)))


def clauses(count: int) -> Packets:
    """Return the packets of this server."""
    speakable, segmenter = Speakable(), Segmenter()
    packets = [
        (number, clause)
        for number, token in enumerate(tokens(count))
        for clause in segmenter.feed(speakable.feed(token))
    ]
    rest = [*segmenter.feed(speakable.finish()), *segmenter.finish()]
    return [*packets, *((count, clause) for clause in rest)]


def measure(program: Program, model: Model, streams: int, seconds: float, rig: Rig) -> Round:
    """Have `streams` answers of `seconds` spoken, and return what it cost. Raises BenchFailed."""
    count = int(seconds * TOKENS_A_S)
    with running(program, rig) as process:
        opened = rig.loop.beside(lambda: visits(program, process, streams, microphone=False))
        lines = [Line(rig.loop, each.sock, masks=True, arrived=each.arrived) for each in opened]
        rig.cloud.wait_for([each.channel for each in opened])
        channels = [rig.cloud.channels.pop(each.channel) for each in opened]
        try:
            _answered(lines, channels, model, WARM_TOKENS, rig)
            settled = time.monotonic() + SETTLE_S
            rig.loop.run(lambda: time.monotonic() > settled)
            gc.collect()
            gc.disable()
            model.late_ns = 0
            machine = Machine(process)
            answers = _answered(lines, channels, model, count, rig)
            cpu_s, elsewhere = machine.since()
        finally:
            gc.enable()
            for line in lines:
                line.close()
    packets = (clauses if program.speaks_api else each_token)(count)
    delays = [delay for each in zip(channels, answers, strict=True) for delay in _delays(*each, packets)]
    p50, p99 = quantiles(delays)
    return Round(
        cpu_ms=cpu_s * 1e6 / (streams * count),
        p50_ms=p50,
        p99_ms=p99,
        expected=len(delays),
        received=sum(delay < LOST for delay in delays),
        kib=0.0,
        late_ms=model.late_ns / 1e6,
        elsewhere=elsewhere,
    )


def _answered(
    lines: Sequence[Line], channels: Sequence[Channel], model: Model, count: int, rig: Rig
) -> Sequence[Answer]:
    """Ask on every line for `count` tokens, and return the answers once the cloud has spoken them."""
    model.answers.clear()
    for number, (line, channel) in enumerate(zip(lines, channels, strict=True)):
        channel.texts.clear()
        channel.over = 0
        line.tell(json.dumps({"type": "chat", "text": f"{number} {count}"}).encode())
    until = time.monotonic() + count / TOKENS_A_S + GRACE_S
    rig.loop.run(lambda: all(each.over for each in channels) or time.monotonic() > until, model.alarm)
    answers = [model.answers[number] for number in range(len(lines)) if number in model.answers]
    if len(answers) < len(lines) or not all(answer.is_over for answer in answers):
        raise BenchFailed("the language model was not asked by every session, or not heard to its end")
    return answers


def _delays(channel: Channel, answer: Answer, packets: Packets) -> Iterator[float]:
    """Yield the delay of each packet in milliseconds; one with other words is as good as lost."""
    for number, (token, text) in enumerate(packets):
        at, said = channel.texts[number] if number < len(channel.texts) else (0, "")
        yield (at - answer.written[token]) / 1e6 if said == text else LOST
