"""Random conversations with a whole server, in virtual time: each is a seed, and so can be told again.

`STORIES=1000` tells a thousand; `-s` shows what was heard of the answers that were cut short. To read one story:
`python -m tests.support.story.telling 17`.
"""

import os
import sys
from collections.abc import Generator

import pytest

from tests.support.story.telling import tell

STORIES = int(os.environ.get("STORIES", "60"))
ROWS = 40


@pytest.fixture(scope="module")
def heard() -> Generator[dict[tuple[str, str], int]]:
    """Collect what was sent and what was heard of it; print some of it at the end."""
    rows: dict[tuple[str, str], int] = {}
    yield rows
    for (sent, known), seed in list(rows.items())[:: max(1, len(rows) // ROWS)]:
        sys.stdout.write(f"\n{seed:4} sent  {sent}\n     heard {known}\n")


@pytest.mark.parametrize("seed", range(STORIES))
def test_in_every_story_each_utterance_ends_and_whoever_interrupts_has_silence(
    seed: int, heard: dict[tuple[str, str], int]
) -> None:
    story = tell(seed)
    heard |= dict.fromkeys(story.heard, seed)
    assert not story.wrong, story.text()


def test_a_story_is_the_same_when_it_is_told_again() -> None:
    first, second = tell(7), tell(7)
    assert [(e.at, e.kind) for e in first.trace.entries] == [(e.at, e.kind) for e in second.trace.entries]
