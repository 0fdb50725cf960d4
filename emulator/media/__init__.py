"""Picture and sound of the emulated avatar for those who watch."""

from emulator.media.errors import BadOfferError, MediaError, NoNetworkInterface, TooManyViewersError
from emulator.media.viewers import Viewers

__all__ = ["BadOfferError", "MediaError", "NoNetworkInterface", "TooManyViewersError", "Viewers"]
