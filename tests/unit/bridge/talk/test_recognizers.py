"""The recognisers that settings name."""

import pytest
from pydantic import ValidationError

from bridge.settings import Asr
from bridge.talk.recognizers import recognition_of
from dialog.ears import SECOND, Sound
from dialog.realtime import RATE_OUT, RealtimeTranscriber
from dialog.transcriber import OpenAITranscriber
from tests.support.fake_openai import FakeOpenAI


def test_without_a_model_nobody_listens() -> None:
    assert recognition_of(Asr()) is None
    with pytest.raises(ValidationError, match=r"asr\.model is needed"):
        Asr.model_validate({"base_url": "http://127.0.0.1:9/v1"})
    with pytest.raises(ValidationError, match=r"asr\.prompt is for asr\.mode upload"):
        Asr(model="m", mode="realtime", prompt="Yun")


@pytest.mark.parametrize(("mode", "kind"), [("upload", OpenAITranscriber), ("realtime", RealtimeTranscriber)])
async def test_each_mode_hears(mode: str, kind: type) -> None:
    async with FakeOpenAI.running() as server:
        server.speech.hears.append("Hello.")
        given = {"base_url": server.base_url, "model": "m", "mode": mode, "language": "en", "timeout_s": 5}
        means = recognition_of(Asr.model_validate(given))
        assert means is not None
        assert (means.timeout_s, means.language) == (5, "en")
        assert isinstance(means.recognizer, kind)
        sound = Sound()
        for _ in range(10):
            sound.feed(bytes(SECOND // 10))
        sound.finish()
        assert (await means.recognizer.hear(sound, language=means.language)).text == "Hello."
        await means.recognizer.aclose()
        if mode == "upload":
            assert server.speech.uploads[0].fields["language"] == "en"
        else:
            await server.speech.closed.wait()
            assert abs(len(server.speech.socket_pcm[0]) // 2 - RATE_OUT) < 50
