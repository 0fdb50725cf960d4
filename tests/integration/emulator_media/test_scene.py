"""updatesessionconfig as a viewer sees it."""

from dataclasses import dataclass, field

import numpy as np

from emulator.face.face import HEIGHT, WIDTH
from emulator.media.stage import Stage
from emulator.performance import Scene
from tests.integration.emulator_media.performances import Silent


@dataclass
class Moved(Silent):
    """Somebody silent who is put into another scene."""

    place: Scene = field(default_factory=Scene)

    def scene(self) -> Scene:
        return self.place


async def test_a_new_scene_is_in_the_next_picture():
    performance = Moved()
    stage = Stage(performance, seed=1)
    before = await stage.picture(1)
    performance.place = Scene(np.full((HEIGHT * 3 // 2, WIDTH), 100, np.uint8), zoom=0.5)
    after = await stage.picture(2)
    assert after.shape == before.shape
    assert after[10, 10] == 100
    assert (before[HEIGHT // 4 : HEIGHT // 2, 200:340] != 100).mean() > 0.9
    assert (after[HEIGHT // 4 : HEIGHT // 2, 200:340] == 100).all()
