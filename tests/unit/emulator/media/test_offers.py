import pytest

from emulator.media import BadOfferError
from emulator.media.peer import MAX_OFFER, check_offer

ICE = "a=ice-ufrag:u\r\na=ice-pwd:p\r\na=fingerprint:sha-256 00\r\n"
VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n" + ICE
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"


@pytest.mark.parametrize("sdp", [VIDEO, AUDIO + VIDEO, VIDEO + AUDIO, VIDEO.replace("VP8", "vp8")])
def test_one_video_in_vp8_and_one_audio_or_none_are_welcome(sdp: str) -> None:
    check_offer(sdp)


@pytest.mark.parametrize(
    ("sdp", "why"),
    [
        ("", "is SDP"),
        ("hello", "is SDP"),
        (AUDIO, "one video"),
        (VIDEO + VIDEO, "one video"),
        (VIDEO + AUDIO + AUDIO, "one audio"),
        (VIDEO + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "nothing else"),
        (VIDEO.replace("VP8", "H264"), "VP8"),
        (VIDEO + "x" * MAX_OFFER, "at most"),
        (VIDEO.replace("ice-ufrag", "x"), "ice-ufrag"),
        (VIDEO.replace("fingerprint", "x"), "fingerprint"),
    ],
)
def test_anything_else_is_refused_with_a_reason(sdp: str, why: str) -> None:
    with pytest.raises(BadOfferError, match=why):
        check_offer(sdp)


def test_a_bad_offer_is_a_value_error() -> None:
    assert issubclass(BadOfferError, ValueError)
