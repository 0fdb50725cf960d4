"""When the frames of an utterance of sound may be given."""

from collections.abc import Callable

from bridge.session.drives import Flow
from bridge.session.progress import Progress


class AudioFlow:
    """Tells whoever has the sound of one utterance when its frames are wanted (`Session.push_audio`).

    They are while it is this utterance's turn, the channel is open and no Over is awaited. What comes meanwhile is to
    be kept, or dropped, where it comes from: the session itself keeps 8 frames at most.
    """

    def __init__(self, state: Callable[[], Flow], progress: Progress) -> None:
        self._state = state
        self._progress = progress

    @property
    def state(self) -> Flow:
        """Whether frames may be given: open, held or over."""
        return self._state()

    @property
    def is_open(self) -> bool:
        """Whether a frame that is pushed now goes out at once."""
        return self._state() == "open"

    @property
    def is_over(self) -> bool:
        """Whether the utterance takes no more frames: it was finished, was interrupted, or has ended."""
        return self._state() == "over"

    async def wait_open(self) -> bool:
        """Return True once frames may flow, False once it is certain that none are wanted any more."""
        await self._progress.until(lambda: self._state() != "held")
        return self.is_open
