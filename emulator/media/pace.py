"""Which tick of a media clock comes next: after a stall the present one, so that nothing drifts behind."""

import math


def next_tick(last: int | None, now: float, rate: int, patience: float) -> int:
    """Return the tick to send after `last`, at `now` seconds of a clock with `rate` ticks a second.

    It is the one after `last`, whose time may not have come, unless that one is more than `patience` seconds late:
    then it is the latest whose time has come. Without a `last` it is the first whose time has not passed.
    """
    if last is None:
        return math.ceil(now * rate - 1e-9)
    following = last + 1
    if now - following / rate > patience:
        return math.floor(now * rate + 1e-9)
    return following
