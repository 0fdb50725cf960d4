import asyncio
import signal

import pytest

from bridge.gateway.app import SIGNALS, stop_on_signals


async def wait_through_two(number: signal.Signals) -> None:
    stop = asyncio.Event()
    async with asyncio.timeout(None) as limit:
        with stop_on_signals(stop, limit):
            signal.raise_signal(number)
            await stop.wait()
            assert limit.when() is None
            signal.raise_signal(number)
            await asyncio.Event().wait()


@pytest.mark.parametrize("number", SIGNALS)
async def test_the_first_signal_stops_and_the_second_forces(number: signal.Signals) -> None:
    with pytest.raises(TimeoutError):
        await wait_through_two(number)
    assert signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}
