import socket
from collections.abc import Generator

import pytest

from bridge.cli import ports


@pytest.fixture
def taken() -> Generator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_port_in_use_is_not_free(taken: int):
    assert not ports.is_free("127.0.0.1", taken)


def test_a_port_nobody_uses_is_free(taken: int):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    assert ports.is_free("127.0.0.1", port)
    assert ports.is_free("127.0.0.1", 0)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours_is_not_free(host: str):
    assert not ports.is_free(host, 0)


def test_the_next_free_port_comes_after_those_in_use(taken: int):
    free = ports.next_free("127.0.0.1", taken)
    assert free is not None
    assert taken < free <= taken + ports.TRIES


def test_none_is_free(monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []

    def never(_host: str, port: int) -> str:
        asked.append(port)
        return "in use"

    monkeypatch.setattr(ports, "why_not", never)
    assert ports.next_free("127.0.0.1", 65530) is None
    assert asked == list(range(65530, 65536))
