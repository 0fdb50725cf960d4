"""The microphone's floor: one holder a session. Pure."""

from typing import Generic, TypeVar

from bridge.errors import FloorTaken

HolderT = TypeVar("HolderT")


class Floor(Generic[HolderT]):
    """Who may feed a session's microphone; `holder` is None while it is free."""

    def __init__(self) -> None:
        self.holder: HolderT | None = None

    def take(self, who: HolderT, *, force: bool) -> HolderT | None:
        """Give the floor to `who`; return the one who has lost it by that. Raises FloorTaken unless `force`."""
        former = self.holder
        if former is who:
            return None
        if former is not None and not force:
            raise FloorTaken("somebody else is speaking into the microphone; wait, or take the floor with take")
        self.holder = who
        return former

    def leave(self, who: HolderT) -> None:
        """Free the floor if `who` has it."""
        if self.holder is who:
            self.holder = None
