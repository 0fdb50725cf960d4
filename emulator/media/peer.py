"""The negotiation with one WebRTC peer."""

import re
from typing import Final

from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError

from emulator.media.errors import BadOfferError, NoNetworkInterface
from emulator.media.stage import Stage
from emulator.media.tracks import PictureTrack, SoundTrack

MAX_OFFER: Final = 64 * 1024
"""The longest offer in characters."""

_NOT_UNDERSTOOD = (
    ValueError, LookupError, AttributeError, TypeError, AssertionError,
    InternalError, InvalidAccessError, InvalidStateError, OperationError,
)  # fmt: skip
"""What aiortc raises on descriptions that it does not understand."""


def check_offer(sdp: str) -> None:
    """Raise BadOfferError unless `sdp` asks for one video and at most one audio, and nothing else."""
    if len(sdp) > MAX_OFFER:
        raise BadOfferError(f"an offer has at most {MAX_OFFER} characters")
    kinds = re.findall(r"^m=(\S+)", sdp, re.MULTILINE)
    if kinds.count("video") != 1 or kinds.count("audio") > 1 or set(kinds) - {"audio", "video"}:
        raise BadOfferError("an offer is SDP with one video, at most one audio, and nothing else")
    if not re.search(r"^a=rtpmap:\d+ VP8/90000", sdp, re.MULTILINE | re.IGNORECASE):
        raise BadOfferError("the picture is sent in VP8, which this offer does not take")
    for attribute in ("ice-ufrag", "ice-pwd", "fingerprint"):
        if not re.search(rf"^a={attribute}:", sdp, re.MULTILINE):
            raise BadOfferError(f"the offer lacks a={attribute}, without which nobody can connect")


async def answer(peer: RTCPeerConnection, stage: Stage, sdp: str) -> str:
    """Return the answer of `peer`, which from then on sends what `stage` shows, with all its candidates.

    Raises BadOfferError, and NoNetworkInterface when there is no candidate.
    """
    _send(peer, PictureTrack(stage), "video/VP8")
    if re.search(r"^m=audio", sdp, re.MULTILINE):
        _send(peer, SoundTrack(stage), "audio/opus")
    try:
        await peer.setRemoteDescription(RTCSessionDescription(_without_mdns(sdp), "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
    except _NOT_UNDERSTOOD as error:
        raise BadOfferError("the offer is not one that can be answered") from error
    answered = peer.localDescription.sdp
    if "a=candidate:" not in answered:
        raise NoNetworkInterface
    return answered


def _without_mdns(sdp: str) -> str:
    """Drop candidates hidden behind mDNS names: looking them up takes a second, and checks from the peer show them."""
    return re.sub(r"^a=candidate:\S+ \d \w+ \d+ \S+\.local .*\r?\n", "", sdp, flags=re.MULTILINE)


def _send(peer: RTCPeerConnection, track: PictureTrack | SoundTrack, mime_type: str) -> None:
    """Add `track`, in one codec only. This has to come before the offer is set, later it has no effect."""
    transceiver = peer.addTransceiver(track, direction="sendonly")
    codecs = RTCRtpSender.getCapabilities(track.kind).codecs
    transceiver.setCodecPreferences(
        [c for c in codecs if c.mimeType.lower() in (mime_type.lower(), f"{track.kind}/rtx")]
    )
