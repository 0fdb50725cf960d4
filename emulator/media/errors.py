"""What can go wrong between a viewer and the picture."""


class MediaError(Exception):
    """The root of these errors; its text is for the person who asked."""


class BadOfferError(MediaError, ValueError):
    """The offer is no SDP, or does not ask for what there is: one video in VP8 and at most one audio in Opus."""


class TooManyViewersError(MediaError):
    """No more viewers are taken; one has to leave first."""


class NoNetworkInterface(MediaError):
    """This machine has no network address but loopback, over which WebRTC does not go."""

    def __init__(self) -> None:
        super().__init__(
            "WebRTC needs a network address other than loopback and this machine has none. "
            "Connect it to a network (a container: not --network=none), or watch the WebM stream, which needs none."
        )
