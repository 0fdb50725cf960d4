"""What is wrong with sound has the same code inside and outside."""

import inspect

import pytest

from audio import errors as audio
from audio.errors import AudioError
from bridge.errors import AudioUnusable
from bridge.talk.voice_errors import of_audio

KINDS = [kind for _, kind in inspect.getmembers(audio, inspect.isclass) if issubclass(kind, AudioError)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_one_keeps_its_code_and_its_message(kind: type[AudioError]) -> None:
    told = of_audio(kind("bring another one"))
    assert isinstance(told, AudioUnusable)
    assert (told.code, told.message) == (kind.code, "bring another one")
    assert 400 <= told.status < 600
