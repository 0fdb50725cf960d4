import pytest

from bridge.errors import IdempotencyMismatch
from bridge.gateway.tape import KEPT_BYTES, Tape


async def test_an_answer_is_given_again_unless_it_was_too_long() -> None:
    tape = Tape()
    tape.headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    tape.add(b"data: 1\n\n")
    tape.add(b"x" * (KEPT_BYTES - 9))
    again = tape.response()
    assert (again.status, again.headers["Content-Type"]) == (200, "text/event-stream")
    assert again.body == b"data: 1\n\n" + b"x" * (KEPT_BYTES - 9)
    tape.add(b"x")
    tape.add(b"y")
    with pytest.raises(IdempotencyMismatch):
        tape.response()
