import asyncio
from collections.abc import AsyncGenerator, Callable
from itertools import pairwise
from statistics import median

import aioice.ice
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from emulator.media import BadOfferError, NoNetworkInterface, TooManyViewersError, Viewers
from emulator.performance import SAMPLE_RATE
from tests.integration.emulator_media.performances import Silent, Tone
from tests.integration.emulator_media.receiver import Stream, watching


async def offer_of_a_peer() -> tuple[RTCPeerConnection, str]:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver("video", direction="recvonly")
    peer.addTransceiver("audio", direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    return peer, peer.localDescription.sdp


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is true, for ten seconds at most."""
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


def steps(stream: Stream) -> list[int]:
    """Return the steps between the timestamps of frames, in order of size."""
    return sorted(later[0] - earlier[0] for earlier, later in pairwise(stream.frames))


async def test_a_viewer_gets_pictures_in_vp8_and_the_sound_that_is_made() -> None:
    viewers = Viewers()
    async with watching(viewers, Tone()) as viewer:
        async with asyncio.timeout(20):
            await viewer.frames(video=40, audio=80)
        assert "VP8/90000" in viewer.answer
        assert "H264" not in viewer.answer
        assert "opus/48000" in viewer.answer
        assert "PCMU" not in viewer.answer
        assert "stun" not in viewer.answer
        assert viewers.watches(viewer.viewer_id)
    await viewers.aclose()
    for stream, step in ((viewer.video, 3600), (viewer.audio, 960)):
        assert median(steps(stream)) == step
        assert all(found % step == 0 for found in steps(stream))
    assert viewer.video.frames[30][1].shape == (1440, 540)
    heard = np.concatenate([sound.reshape(-1, 2)[:, 0] for _, sound in viewer.audio.frames])[-SAMPLE_RATE:]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert abs(int(np.argmax(spectrum)) * SAMPLE_RATE / len(heard) - 440) < 2


async def test_a_silent_face_is_alive_and_its_mouth_rests() -> None:
    viewers = Viewers()
    async with watching(viewers, Silent()) as viewer:
        async with asyncio.timeout(20):
            await viewer.frames(video=75)
    await viewers.aclose()
    pictures = [picture[:960] for _, picture in viewer.video.frames[10:]]
    mouth = (slice(420, 440), slice(240, 300))
    dark = [int((picture[mouth] < 75).sum()) for picture in pictures]
    assert max(dark) - min(dark) <= 40
    assert max(float(np.abs(picture - pictures[0]).mean()) for picture in pictures) > 0.05


async def test_after_a_stall_of_the_clock_it_goes_on_with_the_present() -> None:
    viewers, performance = Viewers(), Tone()
    async with watching(viewers, performance) as viewer:
        async with asyncio.timeout(20):
            await viewer.frames(video=20, audio=40)
            performance.skip(1.0)
            seen, heard = len(viewer.video.frames), len(viewer.audio.frames)
            await viewer.frames(video=seen + 15, audio=heard + 30)
    await viewers.aclose()
    for stream, rate, step in ((viewer.video, 90_000, 3600), (viewer.audio, 48_000, 960)):
        assert median(steps(stream)) == step
        assert max(steps(stream)) == pytest.approx(rate, abs=0.25 * rate)


async def test_two_viewers_of_one_session_see_the_same_drawing() -> None:
    viewers, performance = Viewers(), Silent()
    async with watching(viewers, performance) as one, watching(viewers, performance) as other:
        async with asyncio.timeout(20):
            await one.frames(video=30)
            await other.frames(video=30)
        assert viewers.count == 2
        await viewers.close(one.viewer_id)
        assert not viewers.watches(one.viewer_id)
        before = len(other.video.frames)
        async with asyncio.timeout(10):
            await other.frames(video=before + 10)
    await viewers.aclose()
    assert viewers.count == 0
    away = np.abs(one.video.frames[-1][1] - other.video.frames[-1][1])
    assert float(away.mean()) < 3.0


async def test_a_viewer_that_leaves_is_noticed() -> None:
    viewers = Viewers()
    async with watching(viewers, Silent()) as viewer:
        async with asyncio.timeout(10):
            await viewer.frames(video=5)
    await until(lambda: viewers.count == 0)
    await viewers.aclose()


async def test_a_viewer_that_never_comes_is_given_up() -> None:
    viewers = Viewers(connect_seconds=0.3)
    peer, sdp = await offer_of_a_peer()
    viewer_id, _ = await viewers.offer(Silent(), sdp)
    assert viewers.watches(viewer_id)
    await until(lambda: not viewers.watches(viewer_id))
    await peer.close()
    await viewers.aclose()


async def test_a_viewer_that_never_came_can_be_dismissed_at_once() -> None:
    viewers = Viewers()
    peer, sdp = await offer_of_a_peer()
    viewer_id, _ = await viewers.offer(Silent(), sdp)
    async with asyncio.timeout(5):
        await viewers.close(viewer_id)
    assert viewers.count == 0
    await peer.close()
    await viewers.aclose()


async def test_more_viewers_than_there_is_room_for_are_refused() -> None:
    viewers = Viewers(limit=1)
    peer, sdp = await offer_of_a_peer()
    viewer_id, _ = await viewers.offer(Silent(), sdp)
    with pytest.raises(TooManyViewersError, match="1 viewers are watching"):
        await viewers.offer(Silent(), sdp)
    with pytest.raises(TooManyViewersError):
        await viewers.webm(Silent())
    await viewers.close(viewer_id)
    await viewers.close(viewer_id)
    await peer.close()
    again, sdp = await offer_of_a_peer()
    await viewers.offer(Silent(), sdp)
    await viewers.aclose()
    await viewers.aclose()
    await again.close()
    assert viewers.count == 0
    with pytest.raises(TooManyViewersError, match="closing"):
        await viewers.offer(Silent(), sdp)


async def test_offers_that_make_no_sense_are_refused_and_leave_nothing_behind() -> None:
    viewers = Viewers()
    peer, sdp = await offer_of_a_peer()
    await peer.close()
    wrong = {
        "a=mid:0": "a=mid:7",
        "a=setup:actpass": "a=setup:nobody",
        "a=rtcp-mux": "a=x",
        "a=candidate:": "a=candidate:broken ",
        "VP8/90000": "VP8/90000x",
        "a=ice-pwd:": "a=x:",
    }
    broken = [sdp.replace(part, other) for part, other in wrong.items()]
    for text in broken:
        with pytest.raises(BadOfferError):
            await viewers.offer(Silent(), text)
    assert viewers.count == 0
    await viewers.aclose()


async def test_a_machine_with_loopback_only_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    viewers = Viewers()
    peer, sdp = await offer_of_a_peer()

    def none(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return []

    monkeypatch.setattr(aioice.ice, "get_host_addresses", none)
    with pytest.raises(NoNetworkInterface, match="WebM"):
        await viewers.offer(Silent(), sdp)
    assert viewers.count == 0
    await peer.close()
    await viewers.aclose()


async def test_a_webm_of_a_session_plays_until_its_reader_leaves() -> None:
    viewers = Viewers()
    stream = await viewers.webm(Tone())
    assert isinstance(stream, AsyncGenerator)
    data = b""
    async with asyncio.timeout(20):
        async for part in stream:
            data += part
            if len(data) > 200_000:
                break
        assert viewers.count == 1
        await stream.aclose()
    assert viewers.count == 0
    await viewers.aclose()
    assert data[:4] == b"\x1a\x45\xdf\xa3"
    assert b"V_VP8" in data[:2000]
    assert b"A_OPUS" in data[:2000]


async def test_a_webm_ends_when_the_emulator_does() -> None:
    viewers = Viewers()
    stream = await viewers.webm(Silent())
    async with asyncio.timeout(20):
        async for _ in stream:
            await viewers.aclose()
    assert viewers.count == 0
