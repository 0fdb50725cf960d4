"""The microphone's floor: one holder a session. Pure."""

from typing import Protocol

from bridge.errors import FloorTaken


class Speaker(Protocol):
    """Somebody who may have the floor."""

    def give_way(self) -> None:
        """Take note that somebody else has the floor now."""
        ...


class Floor:
    """Who may feed a session's microphone; `holder` is None while it is free."""

    def __init__(self) -> None:
        self.holder: Speaker | None = None

    def check(self, *, force: bool) -> None:
        """Let pass who could take the floor. Raises FloorTaken while somebody has it, unless `force`."""
        if self.holder is not None and not force:
            raise FloorTaken("somebody else is speaking into the microphone; wait, or take the floor with take")

    def take(self, who: Speaker, *, force: bool) -> None:
        """Give the floor to `who`; the one who loses it by that is told. Raises FloorTaken as `check`."""
        self.check(force=force)
        former, self.holder = self.holder, who
        if former is not None and former is not who:
            former.give_way()

    def leave(self, who: Speaker) -> None:
        """Free the floor if `who` has it."""
        if self.holder is who:
            self.holder = None
