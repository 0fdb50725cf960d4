"""Picture and sound of the emulated avatar for those who watch."""

from emulator.media.errors import BadOfferError, MediaError, NoNetworkInterface, TooManyViewersError
from emulator.media.pushes import Pushes
from emulator.media.stage import Stages
from emulator.media.viewers import Viewers

__all__ = ["BadOfferError", "MediaError", "NoNetworkInterface", "Pushes", "Stages", "TooManyViewersError", "Viewers"]
