"""What a session tells, in which order, and to whom."""

import time

from bridge.session.events import Event, Hold, TurnChanged
from bridge.session.feed import Feed
from bridge.session.lease import Lease
from bridge.session.measures import Measures
from bridge.telemetry.telemetry import Telemetry


def feed() -> Feed:
    lease = Lease(60, 600, None, began=time.monotonic())
    return Feed("s1", Measures(Telemetry(), "s1", "text"), lease, lambda: None)


async def test_what_a_follower_emits_comes_after_what_it_was_told_for_everybody() -> None:
    tells, told = feed(), list[Event]()

    def answer(event: Event, now: float) -> None:
        if event == TurnChanged(turn="thinking"):
            tells.emit(TurnChanged(turn="speaking"))

    tells.follow(answer)
    tells.follow(lambda event, now: told.append(event))
    with tells.subscribe(None) as client:
        tells.emit(TurnChanged(turn="thinking"))
        assert told == [TurnChanged(turn="thinking"), TurnChanged(turn="speaking")]
        assert [entry.offset for entry in await client.take()] == [1, 2]
    assert tells.turn == "speaking"


async def test_whispers_go_to_those_who_are_there_and_into_no_log() -> None:
    tells = feed()
    with tells.subscribe(None) as client:
        tells.whisper(Hold(held=True))
        tells.emit(TurnChanged(turn="idle"))
        whisper, event = await client.take()
        assert (whisper.offset, whisper.type, whisper.json) == (0, "hold", b'{"type":"hold","held":true}')
        assert event.offset == 1
    with tells.subscribe((tells.log.epoch, 0)) as client:
        assert [entry.type for entry in client.missed] == ["turn"]
        assert client.pending == 0
