import asyncio
import sys

import numpy as np
import pytest

from emulator.media import Viewers
from emulator.speech import Synthesizer
from tests.integration.emulator_media.lipsync import lags, loudness, offset, openness
from tests.integration.emulator_media.performances import Spoken
from tests.integration.emulator_media.receiver import watching

ENGLISH = "Pop. Bob. Papa. Bop. Pub. Pipe. Bump. Poppy."
MANDARIN = "爸爸。怕。帮忙。办吧。跑吧。包袱。泡泡。"


@pytest.mark.parametrize("text", [ENGLISH, MANDARIN], ids=["en", "cmn"])
async def test_lips_and_sound_are_together_for_a_viewer(text: str) -> None:
    """Placed on the sender's clock by the RTCP sender reports of both streams, as a browser does."""
    synthesizer = Synthesizer()
    speech = await synthesizer.speak(text)
    await synthesizer.aclose()
    performance = Spoken(speech, at=2.0)
    viewers = Viewers()
    async with watching(viewers, performance) as viewer:
        async with asyncio.timeout(60):
            await viewer.frames(round(25 * (performance.end + 0.5)) - 10)
            await viewer.reports()
    await viewers.aclose()

    seen = [(viewer.video.seconds(at), picture[:960]) for at, picture in viewer.video.frames]
    heard = [(viewer.audio.seconds(at), stereo.reshape(-1, 2)[:, 0]) for at, stereo in viewer.audio.frames]
    lips = openness([at for at, _ in seen], [picture for _, picture in seen], seen[20][1])
    sound = loudness([at for at, _ in heard], [samples for _, samples in heard])

    found = [lag for lag in lags(lips, sound) if lag.at > lips[0][0] + 1.0]
    assert len(found) >= 6
    late = np.array([lag.lips for lag in found]) * 1000
    sys.stdout.write(
        f"lips after sound, ms: {np.round(np.sort(late)).tolist()}; as a whole {offset(lips, sound) * 1000:.0f}\n"
    )
    assert np.quantile(np.abs(late), 0.95) <= 80
    assert abs(offset(lips, sound)) <= 0.08
