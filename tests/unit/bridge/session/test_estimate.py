import pytest

from bridge.session.estimate import SpeechRate


@pytest.mark.parametrize("text", ["Good morning, and welcome to our house.", "早上好，欢迎光临我们的展厅。"])
def test_it_follows_the_voice_that_the_cloud_has(text: str):
    rate = SpeechRate()
    for _ in range(40):
        rate.learn(text, 2.0 * SpeechRate().seconds(text))
    assert rate.seconds(text) == pytest.approx(2.0 * SpeechRate().seconds(text), rel=0.01)


def test_one_absurd_measurement_does_not_spoil_it():
    rate = SpeechRate()
    rate.learn("A short remark.", 3600.0)
    assert rate.seconds("A short remark.") < 3 * SpeechRate().seconds("A short remark.")
