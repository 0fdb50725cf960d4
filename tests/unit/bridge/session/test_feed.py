import msgspec

from bridge.session.events import CloudMessage, Event, UtteranceChanged
from bridge.session.feed import Feed
from bridge.session.lease import Lease
from bridge.session.measures import Measures
from bridge.telemetry.telemetry import Telemetry


def changed(utterance_id: str, status: str, heard: str | None = None) -> Event:
    fields = {"type": "utterance", "utterance_id": utterance_id, "kind": "text", "status": status, "heard": heard}
    return msgspec.convert(fields, UtteranceChanged)


def test_of_what_is_forgotten_no_word_is_told_any_more() -> None:
    feed = Feed("s", Measures(Telemetry(), "s", "text"), Lease(60, 60, None, began=0.0), lambda: None)
    told: list[Event] = []
    feed.follow(lambda event, now: told.append(event))
    feed.emit(changed("old", "started"))
    feed.forget(["old"])
    assert feed.log.since(feed.log.epoch, 0) is None
    secret = CloudMessage(message=msgspec.Raw(b'{"Text":"secret"}'), utterance_id="old")
    feed.emit(secret)
    feed.emit(changed("old", "interrupted", "secret"))
    feed.emit(changed("new", "queued"))
    feed.emit(changed("new", "ended", "Good morning."))
    assert told[1:] == [
        changed("old", "interrupted", ""),
        changed("new", "queued"),
        changed("new", "ended", "Good morning."),
    ]
    assert feed.outcomes.of("old").heard == ""
    assert feed.outcomes.of("new").heard == "Good morning."
    logged = feed.log.since(feed.log.epoch, 1)
    assert logged is not None
    assert not any(b"secret" in entry.json for entry in logged)
    feed.emit(msgspec.structs.replace(secret, utterance_id="new"))
    assert told[-1] == CloudMessage(message=secret.message, utterance_id="new")
