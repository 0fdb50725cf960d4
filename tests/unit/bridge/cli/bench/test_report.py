"""What a run says."""

import json

from bridge.cli.bench.figures import LOST, Round, summary
from bridge.cli.bench.report import OURS, Work

BARE = Round(cpu_ms=1.0, p50_ms=0.25, p99_ms=0.5, expected=10, received=10, kib=40, late_ms=0.1, elsewhere=0.02)
SLOW = Round(cpu_ms=1.4, p50_ms=0.5, p99_ms=LOST, expected=10, received=9, kib=90, late_ms=0.1, elsewhere=0.02)


def work() -> Work:
    return Work("voice", "a session and second", {OURS: summary([SLOW]), "bare": summary([BARE])}, {OURS: 640})


def test_json_has_all_and_no_infinity():
    said = json.loads(json.dumps(work().as_json(), allow_nan=False))
    assert said["programs"][OURS]["p99_ms"] is None
    assert said["programs"]["bare"]["cpu_ms_rounds"] == [1.0]
    assert said["cpu_ratio"] == {"bare": 1.4}
    assert said["most"] == {OURS: 640}


def test_every_row_is_as_wide_as_the_head():
    head, *rows = work().rows()
    assert {len(row) for row in rows} == {len(head)}
    assert rows[0][:3] == [OURS, "1.40", ""]
    assert rows[1][:3] == ["bare", "1.00", "1.40×"]
    assert rows[0][7] == "640"
