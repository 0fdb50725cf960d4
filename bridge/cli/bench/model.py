"""A language model that costs nothing: an OpenAI-compatible server that writes a token every 20 ms.

A question is `STREAM TOKENS`: its answer has so many tokens, and is remembered under the stream's number.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import msgspec

from bridge.cli.bench.frames import Request
from bridge.cli.bench.sockets import Line, Loop, listening

TOKEN_NS = 20_000_000
_WORDS = (
    "Our rooms look over the river, and breakfast is served until ten. You will find the lift behind the fountain; "
    "the pool, which is heated, opens at seven. If you would like a guide for the old town, please tell us the day "
    "before. Bicycles are free. The museum is closed on Mondays, but its garden never is. "
)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_END = b"data: [DONE]\n\n"


def tokens(count: int) -> Sequence[str]:
    """Return what an answer of `count` tokens is: words with the space before them, as models write."""
    words = _WORDS.split()
    return [word if number == 0 else f" {word}" for number, word in enumerate(islice(cycle(words), count))]


class _Message(msgspec.Struct):
    content: str


class _Ask(msgspec.Struct):
    messages: list[_Message]


@dataclass(slots=True)
class Answer:
    """One answer; `written` has the time just before each token was sent, and last that of the end."""

    line: Line
    tokens: Sequence[str]
    begins: int
    written: list[int] = field(default_factory=list[int])

    @property
    def is_over(self) -> bool:
        """Whether all of it is written."""
        return len(self.written) > len(self.tokens)

    def due(self) -> int:
        """Return when the next token, or the end, is to be written."""
        return self.begins + len(self.written) * TOKEN_NS

    def write(self) -> None:
        """Write what is next."""
        number = len(self.written)
        at_end = number == len(self.tokens)
        delta = {} if at_end else {"content": self.tokens[number]}
        chunk: dict[str, object] = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "bench",
            "choices": [{"index": 0, "delta": delta, "finish_reason": "stop" if at_end else None}],
        }
        event = b"data: " + msgspec.json.encode(chunk) + b"\n\n" + (_END if at_end else b"")
        piece = f"{len(event):x}\r\n".encode() + event + b"\r\n" + (b"0\r\n\r\n" if at_end else b"")
        self.written.append(time.monotonic_ns())
        self.line.send(piece)


class Model:
    """Serves chat completions on the loop; `answers` by the number of their stream, each the latest one."""

    def __init__(self, loop: Loop, streams: int) -> None:
        self.answers: dict[int, Answer] = {}
        self.late_ns = 0
        self._streams = streams
        self._loop = loop
        self._listener = listening(loop, self._accept)

    @property
    def url(self) -> str:
        """What a client takes as its base_url."""
        host, port = self._listener.getsockname()
        return f"http://{host}:{port}/v1"

    def close(self) -> None:
        """Take no more connections."""
        self._loop.forget(self._listener)
        self._listener.close()

    def alarm(self, now: int) -> int:
        """Write the tokens that are due, and return when to look again."""
        soonest = now + TOKEN_NS // self._streams
        for answer in self.answers.values():
            if answer.is_over:
                continue
            if answer.due() <= now:
                self.late_ns = max(self.late_ns, now - answer.due())
                answer.write()
            if not answer.is_over:
                soonest = min(soonest, answer.due())
        return soonest

    def _accept(self, line: Line) -> None:
        line.on_request = lambda request: self._answer(line, request)

    def _answer(self, line: Line, request: Request) -> None:
        question = msgspec.json.decode(request.body, type=_Ask).messages[-1].content
        stream, count = map(int, question.split())
        line.send(_HEAD)
        # Streams that were asked for at once do not write at once.
        begins = time.monotonic_ns() + stream % self._streams * TOKEN_NS // self._streams
        self.answers[stream] = Answer(line, tokens(count), begins)
