import resource
from collections.abc import Generator

import pytest
from structlog.testing import capture_logs

from bridge.gateway.open_files import allow_connections


@pytest.fixture
def few() -> Generator[int]:
    """Allow 512 open files, and return how many the system would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_there_is_room_for_the_connections(few: int) -> None:
    allow_connections(600)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (856, few)
    allow_connections(10)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (856, few)


def test_where_the_system_does_not_allow_it_there_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def getrlimit(_kind: int) -> tuple[int, int]:
        return 512, 700

    def setrlimit(_kind: int, limits: tuple[int, int]) -> None:
        asked.append(limits)

    monkeypatch.setattr(resource, "getrlimit", getrlimit)
    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    with capture_logs() as logs:
        allow_connections(600)
    assert asked == [(700, 700)]
    assert [(line["event"], line["needed"]) for line in logs] == [("open_files_limited", 856)]
