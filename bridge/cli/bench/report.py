"""What a run says: as JSON, and as a table for people. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bridge.cli.bench.figures import Summary, ratios

OURS = "avatar-bridge"


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work, by all programs; `most` has the sessions that each kept up with, where that was searched."""

    name: str
    unit: str
    summaries: Mapping[str, Summary]
    most: Mapping[str, int]

    def as_json(self) -> dict[str, object]:
        """Return it as it stands in the file of results; what never came is null."""
        programs = {
            name: {**{key: _plain(value) for key, value in asdict(one.median).items()}, "cpu_ms_rounds": _all(one)}
            for name, one in self.summaries.items()
        }
        times = {name: _plain(value) for name, value in ratios(self.summaries, OURS).items()}
        return {"work": self.name, "unit": self.unit, "programs": programs, "cpu_ratio": times, "most": {**self.most}}

    def rows(self) -> Sequence[Sequence[str]]:
        """Return a table's rows, the head first."""
        head = ["", f"CPU ms {self.unit}", "ours is", "p50 ms", "p99 ms", "arrived", "KiB", "most", "late ms", "busy"]
        times = ratios(self.summaries, OURS)
        return [head, *([name, *self._cells(name, one, times)] for name, one in self.summaries.items())]

    def _cells(self, name: str, one: Summary, times: Mapping[str, float]) -> Sequence[str]:
        figures = one.median
        return [
            f"{figures.cpu_ms:.2f}",
            f"{times[name]:.2f}×" if name in times else "",
            f"{figures.p50_ms:.2f}",
            f"{figures.p99_ms:.2f}",
            f"{figures.received}/{figures.expected}",
            f"{figures.kib:.0f}" if figures.kib else "",
            str(self.most[name]) if name in self.most else "",
            f"{figures.late_ms:.1f}",
            f"{figures.elsewhere:.2f}",
        ]


def _all(one: Summary) -> list[float | None]:
    return [_plain(each) for each in one.cpu_ms]


def _plain(value: float) -> float | None:
    return None if math.isinf(value) else round(value, 3)
