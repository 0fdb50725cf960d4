import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio import errors
from audio.container import FORMATS
from audio.decode import BLOCK, Decoder
from audio.loudness import Loudness
from audio.pcm import PcmFormat, Samples
from audio.source import Source
from tests.unit.audio.files import ENCODERS, by_ffmpeg, by_soundfile, film, written
from tests.unit.audio.signals import loudest_pitch, tone

SECONDS = 2


class Pipe:
    """A reader without `seek` that gives a little at a time, and fails at its end if told so."""

    def __init__(self, data: bytes, most: int = 1_000, failure: Exception | None = None) -> None:
        self.given = 0
        self._data = data
        self._most = most
        self._failure = failure

    def read(self, size: int) -> bytes:
        piece = self._data[self.given : self.given + min(size, self._most)]
        self.given += len(piece)
        if not piece and self._failure:
            raise self._failure
        return piece


def decoded(origin: bytes | Path | Pipe, raw: PcmFormat | None = None) -> Samples:
    with Decoder(io.BytesIO(origin) if isinstance(origin, bytes) else origin, raw=raw) as decoder:
        blocks = list(decoder)
    assert all(block.dtype == np.int16 and block.size >= BLOCK for block in blocks[:-1])
    return np.concatenate(blocks)


def check(sound: Samples) -> None:
    """It is the tone of 440 Hz, at its level, of the right length but for what its codec adds."""
    assert sound.size == pytest.approx(SECONDS * 16_000, abs=1_000)
    inner = sound[4_000:-4_000].astype(np.float32) / np.float32(32_768)
    assert loudest_pitch(inner) == pytest.approx(440, abs=1)
    assert np.sqrt(np.mean(np.square(inner))) == pytest.approx(0.5 / np.sqrt(2), rel=0.08)  # LAME turns down by 5 %


@pytest.mark.parametrize("kind", ENCODERS)
def test_what_ffmpeg_writes_is_read_from_a_file_and_from_a_pipe(kind: str, tmp_path: Path):
    data = by_ffmpeg(kind, tone(440, ENCODERS[kind][2], SECONDS))
    check(decoded(data))
    check(decoded(Pipe(data)))
    path = tmp_path / "sound"
    path.write_bytes(data)
    check(decoded(path))


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "PCM_24"),
        ("WAV", "PCM_U8"),
        ("WAV", "FLOAT"),
        ("WAV", "DOUBLE"),
        ("WAV", "ULAW"),
        ("FLAC", "PCM_16"),
        ("FLAC", "PCM_24"),
        ("OGG", "VORBIS"),
        ("OGG", "OPUS"),
        ("MP3", None),
        ("AIFF", "PCM_16"),
        ("CAF", "PCM_16"),
        ("AU", "PCM_16"),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_what_libsndfile_writes_is_read_from_a_file_and_from_a_pipe(kind: str, subtype: str | None, channels: int):
    data = by_soundfile(kind, subtype, tone(440, 48_000, SECONDS), 48_000, channels)
    check(decoded(data))
    check(decoded(Pipe(data)))


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 96_000, 192_000])
def test_any_rate_to_the_very_sample(rate: int):
    sound = decoded(by_soundfile("WAV", "PCM_16", tone(440, rate, SECONDS), rate))
    assert sound.size == SECONDS * 16_000
    check(sound)


def test_the_house_format_comes_back_bit_by_bit():
    rng = np.random.default_rng(3)
    samples = rng.integers(-32_767, 32_767, 50_000).astype(np.int16)
    assert np.array_equal(decoded(written(samples, 16_000)), samples)
    assert np.array_equal(decoded(Pipe(samples.astype("<i2").tobytes(), 999), raw=PcmFormat()), samples)


def test_five_channels_and_one_for_the_low_tones():
    """The voice of a film stands in the centre; the low channel does not matter."""
    quiet = np.zeros(48_000 * SECONDS, np.float32)
    channels = np.stack([quiet, quiet, tone(440, 48_000, SECONDS), tone(90, 48_000, SECONDS), quiet, quiet], axis=1)
    sound = decoded(written(channels, 48_000))[4_000:-4_000].astype(np.float32) / 32_768
    wanted = tone(440, 16_000, SECONDS, 0.5 * np.sqrt(0.5))[4_000:-4_000]
    assert np.abs(sound - wanted).max() < 0.01
    check_level = decoded(by_ffmpeg("mkv", tone(440, 22_050, SECONDS, 0.2), channels=6))
    assert loudest_pitch(check_level[4_000:-4_000].astype(np.float32)) == pytest.approx(440, abs=1)


def test_an_index_at_the_end_or_at_the_beginning_can_both_come_through_a_pipe():
    voice = tone(440, 44_100, SECONDS)
    at_the_end = by_ffmpeg("m4a", voice)
    first = by_ffmpeg("m4a", voice, options={"movflags": "faststart"})
    assert at_the_end.find(b"moov") > at_the_end.find(b"mdat")
    assert first.find(b"moov") < first.find(b"mdat")
    check(decoded(Pipe(at_the_end)))
    pipe = Pipe(first)
    with Decoder(pipe) as decoder:
        next(decoder)
        assert pipe.given < len(first)
    with pytest.raises(errors.AudioTooLarge, match="faststart"):
        Source(Pipe(at_the_end), spool_bytes=10_000)


@pytest.mark.parametrize("kind", ["mp3", "opus", "webm", "aac"])
def test_sound_begins_long_before_the_body_has_arrived(kind: str):
    data = by_ffmpeg(kind, tone(440, ENCODERS[kind][2], 12))
    pipe = Pipe(data)
    with Decoder(pipe) as decoder:
        next(decoder)
        assert pipe.given < len(data) / 5


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "AIFF"])
@pytest.mark.parametrize("cut", [0.3, 0.7])
def test_what_is_cut_short_plays_as_far_as_it_goes_and_says_so(kind: str, cut: float):
    data = by_soundfile(kind, "PCM_16", tone(440, 48_000, SECONDS), 48_000)
    for origin in (io.BytesIO(data[: int(len(data) * cut)]), Pipe(data[: int(len(data) * cut)])):
        decoder = Decoder(origin)
        size = sum(block.size for block in decoder)
        assert size == decoder.samples == pytest.approx(SECONDS * 16_000 * cut, rel=0.15)
        assert decoder.truncated
    whole = Decoder(Pipe(data))
    assert sum(block.size for block in whole) == SECONDS * 16_000
    assert not whole.truncated
    assert not whole.damaged


@pytest.mark.parametrize("unknown", [0xFFFF_FFFF, 0])
def test_a_wave_that_did_not_know_its_length_plays_to_its_end(unknown: int):
    data = bytearray(by_soundfile("WAV", "PCM_16", tone(440, 48_000, SECONDS), 48_000))
    place = data.find(b"data")
    data[4:8] = data[place + 4 : place + 8] = unknown.to_bytes(4, "little")
    for origin in (io.BytesIO(bytes(data)), Pipe(bytes(data))):
        decoder = Decoder(origin)
        assert sum(block.size for block in decoder) == SECONDS * 16_000
        assert not decoder.truncated


def test_what_is_damaged_within_is_skipped_and_counted():
    data = bytearray(by_ffmpeg("m4a", tone(440, 44_100, 4)))
    middle = len(data) // 2
    data[middle : middle + 3_000] = np.random.default_rng(5).bytes(3_000)
    decoder = Decoder(io.BytesIO(bytes(data)))
    size = sum(block.size for block in decoder)
    assert decoder.damaged
    assert size > 2 * 16_000


def test_a_reader_that_fails_gives_first_what_came():
    data = by_ffmpeg("mp3", tone(440, 44_100, SECONDS))
    heard: list[Samples] = []
    with pytest.raises(ConnectionError, match="gone"):
        heard += Decoder(Pipe(data[: len(data) // 2], failure=ConnectionError("gone")))
    decoder = Decoder(Pipe(data[: len(data) // 2], failure=ConnectionError("gone")))
    heard = [next(decoder) for _ in range(4)]
    assert sum(block.size for block in heard) >= 4 * BLOCK
    with pytest.raises(ConnectionError, match="gone"):
        list(Decoder(Pipe(b"", failure=ConnectionError("gone"))))


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", errors.EmptyAudio),
        (b"RIFF", errors.NotAudio),
        (b"<html><body>404</body></html>" * 100, errors.NotAudio),
        (bytes(100_000), errors.NotAudio),
        (np.random.default_rng(1).bytes(300_000), errors.NotAudio),
        (PLAYLIST, errors.NotAudio),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", errors.NotAudio),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n", errors.NotAudio),
        (b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>', errors.NotAudio),
    ],
    ids=["nothing", "head", "page", "zeros", "noise", "hls", "concat", "sdp", "dash"],
)
def test_what_is_no_sound_is_refused(data: bytes, error: type[Exception]):
    for origin in (io.BytesIO(data), Pipe(data)):
        with pytest.raises(error) as caught:
            list(Decoder(origin))
        assert "passwd" not in str(caught.value)


def test_no_container_that_names_others_is_allowed():
    allowed = set(FORMATS.split(","))
    assert allowed.isdisjoint({"hls", "concat", "dash", "sdp", "rtsp", "rtp", "image2", "lavfi", "tee", "applehttp"})


def test_only_the_containers_in_the_list_are_opened():
    """FFmpeg could read this one; each container less is one less to be attacked through."""
    data = by_soundfile("IRCAM", "PCM_16", tone(440, 16_000, SECONDS), 16_000)
    with pytest.raises(errors.NotAudio):
        list(Decoder(io.BytesIO(data)))


def test_silence_of_no_length_is_empty():
    with pytest.raises(errors.EmptyAudio):
        list(Decoder(io.BytesIO(by_soundfile("WAV", "PCM_16", np.empty(0, np.float32), 16_000))))
    with pytest.raises(errors.EmptyAudio):
        list(Decoder(io.BytesIO(b"\x01"), raw=PcmFormat()))


def test_a_film_without_sound():
    with pytest.raises(errors.NoAudioTrack):
        list(Decoder(io.BytesIO(film())))


def test_a_codec_that_nobody_knows():
    data = bytearray(by_soundfile("WAV", "PCM_16", tone(440, 16_000, 1), 16_000))
    data[20:22] = b"\x34\x12"
    with pytest.raises(errors.UnsupportedCodec):
        list(Decoder(io.BytesIO(bytes(data))))


@pytest.mark.parametrize("rate", [1, 100, 3_999, 800_000])
def test_a_rate_that_would_blow_up(rate: int):
    with pytest.raises(errors.UnsupportedCodec, match=f"{rate} Hz"):
        list(Decoder(io.BytesIO(by_soundfile("WAV", "PCM_16", tone(440, 16_000, 1), rate))))


def test_too_many_channels():
    with pytest.raises(errors.TooManyChannels, match="16 channels"):
        list(Decoder(io.BytesIO(by_soundfile("WAV", "PCM_16", tone(440, 16_000, 1), 16_000, channels=16))))


def test_an_encrypted_file():
    key = {"encryption_key": "00112233445566778899aabbccddeeff", "encryption_kid": "00112233445566778899aabbccddeeff"}
    data = by_ffmpeg("mp4", tone(440, 48_000, SECONDS), options={"encryption_scheme": "cenc-aes-ctr", **key})
    with pytest.raises(errors.ProtectedAudio, match="DRM"):
        list(Decoder(io.BytesIO(data)))


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        list(Decoder(tmp_path / "none.wav"))


@settings(max_examples=60)
@given(st.data())
def test_whatever_is_done_to_a_file_it_gives_sound_or_an_audio_error(data: st.DataObject):
    kind = data.draw(st.sampled_from(sorted(SAMPLES)))
    broken = bytearray(SAMPLES[kind])
    for _ in range(data.draw(st.integers(1, 30))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    broken = broken[: data.draw(st.integers(0, len(broken)))]
    for origin in (io.BytesIO(bytes(broken)), Pipe(bytes(broken))):
        try:
            total = sum(block.size for block in Decoder(origin))
        except errors.AudioError:
            continue
        assert total > 0


SAMPLES = {kind: by_ffmpeg(kind, tone(440, ENCODERS[kind][2], 0.3)) for kind in ("mp3", "m4a", "webm", "opus")} | {
    kind: by_soundfile(kind, None, tone(440, 16_000, 0.3), 16_000) for kind in ("WAV", "FLAC", "OGG")
}


def test_loudness_on_request():
    quiet = by_soundfile("WAV", "PCM_16", tone(440, 16_000, SECONDS, 0.05), 16_000)
    done = np.concatenate(list(Decoder(io.BytesIO(quiet), loudness=Loudness(-20))))
    level = 20 * np.log10(np.sqrt(np.mean(np.square(done / 32_768))))
    assert level == pytest.approx(-20, abs=0.5)


class Endless:
    """One minute of MP3 again and again: half an hour that never is anywhere as a whole."""

    def __init__(self, minute: bytes, times: int) -> None:
        self._minute = minute
        self._left = len(minute) * times
        self._place = 0

    def read(self, size: int) -> bytes:
        piece = self._minute[self._place : self._place + min(size, self._left)]
        self._place = (self._place + len(piece)) % len(self._minute)
        self._left -= len(piece)
        return piece


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_memory_stays_flat_for_half_an_hour_of_mp3():
    minute = by_ffmpeg("mp3", tone(440, 44_100, 60), options={"write_xing": "0", "id3v2_version": "0"})
    decoder = Decoder(Endless(minute, 30))
    first = sum(next(decoder).size for _ in range(300))
    before = resident_bytes()
    largest = samples = 0
    for block in decoder:
        samples += block.size
        largest = max(largest, block.size)
    assert (first + samples) / 16_000 == pytest.approx(1_800, abs=5)
    assert largest < 4 * BLOCK
    assert resident_bytes() - before < 8 * 1024 * 1024


def test_no_thread_is_left_and_closing_early_is_well():
    decoder = Decoder(Pipe(by_ffmpeg("mp3", tone(440, 44_100, SECONDS))))
    next(decoder)
    decoder.close()
    decoder.close()
    assert list(decoder) == []
    assert all(thread is threading.main_thread() or "audio" not in thread.name for thread in threading.enumerate())
