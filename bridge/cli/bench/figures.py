"""The figures of a run: quantiles, medians of rounds, ratios, and the search for the most that is possible. Pure."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

Quantiles = tuple[float, float]
"""p50 and p99."""
LOST = math.inf
"""The delay of what never came."""


@dataclass(frozen=True, slots=True)
class Round:
    """One program in one round.

    `cpu_ms` is CPU of the program's process: a session and second of sound, or 1000 tokens. Delays in milliseconds;
    infinite where so much never came. `kib` is the resident memory that a session adds. `late_ms` is how late the load
    itself was at worst, `elsewhere` how many cores other processes of the machine kept busy: where these are more than
    a little, the delays are theirs.
    """

    cpu_ms: float
    p50_ms: float
    p99_ms: float
    expected: int
    received: int
    kib: float
    late_ms: float
    elsewhere: float


@dataclass(frozen=True, slots=True)
class Summary:
    """One program in all rounds: the median of each figure, and the CPU of each round."""

    median: Round
    cpu_ms: tuple[float, ...]


def quantiles(delays: Sequence[float]) -> Quantiles:
    """Return the median and the 99th percentile (nearest rank) of delays in any unit; infinite ones are lost ones."""
    if not delays:
        return LOST, LOST
    ordered = sorted(delays)
    return _rank(ordered, 0.50), _rank(ordered, 0.99)


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summary(rounds: Sequence[Round]) -> Summary:
    """Return the medians of at least one round; what was expected and received is summed up."""
    medians = {one.name: statistics.median(getattr(each, one.name) for each in rounds) for one in fields(Round)}
    median = replace(
        Round(**medians),
        expected=sum(each.expected for each in rounds),
        received=sum(each.received for each in rounds),
    )
    return Summary(median, tuple(each.cpu_ms for each in rounds))


def ratios(summaries: Mapping[str, Summary], of: str) -> dict[str, float]:
    """Return how many times the CPU of each other program `of` takes."""
    own = summaries[of].median.cpu_ms
    return {name: own / each.median.cpu_ms for name, each in summaries.items() if name != of and each.median.cpu_ms}


def most(holds: Callable[[int], bool], first: int, limit: int, accuracy: float = 0.05) -> int:
    """Return the largest number up to `limit` that `holds`, to `accuracy`; 0 if not even one does.

    Doubles from `first` until one does not hold, then halves the gap.
    """
    good, bad, number = 0, limit + 1, min(first, limit)
    while bad - good > max(1, good * accuracy):
        if holds(number):
            good = number
        else:
            bad = number
        number = min(2 * good, limit) if bad > limit and good else (good + bad) // 2
    return good
