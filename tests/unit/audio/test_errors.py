import re

from audio import errors
from audio.errors import AudioError


def test_every_error_has_a_code_of_its_own_and_stands_in_the_tree():
    kinds = AudioError.__subclasses__()
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("audio_[a-z_]+", code) for code in codes)
    assert AudioError.code not in codes
    assert errors.__doc__ is not None
    assert set(re.findall(r"── (\w+)", errors.__doc__)) == {kind.__name__ for kind in kinds}
