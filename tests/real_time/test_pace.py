"""Promise 6.3 for five real minutes: a microphone and a file at once, with stalls in the server and at the source.

The frames are looked at where they arrive, in the emulated cloud's process. The rules, and what is allowed for on a
machine that has other work to do, are in `tests/support/pace_judge.py`.
"""

import sys
from dataclasses import asdict

import pytest

from tests.support.pace_judge import Verdict
from tests.support.paced_run import run
from tests.unit.audio.pacing import REAL

SECONDS = 300.0
SEED = 20


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    found = {verdict.source: verdict for verdict in run(tmp_path_factory.mktemp("pace"), SECONDS, SEED)}
    told = [f"{name}: {value}" for each in found.values() for name, value in asdict(each).items()]
    sys.stderr.write("\n".join(told) + "\n")
    return found


@pytest.mark.parametrize("source", ["live", "file"])
def test_the_promise_is_kept(verdicts: dict[str, Verdict], source: str):
    verdict = verdicts[source]
    assert verdict.breaches == []
    assert verdict.frames + verdict.missing == round(SECONDS / REAL)
    assert verdict.planned_stalls > SECONDS / REAL * 0.03, "too few stalls for a test of them"
