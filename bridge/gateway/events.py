"""`GET /v1/sessions/{id}/events`: a session's events, resumed without a gap or begun anew with `welcome`."""

import re

import msgspec
from aiohttp import web

from bridge.gateway.access import caller_of
from bridge.gateway.context import gateway
from bridge.gateway.socket.messages import Welcome
from bridge.gateway.sse import EventStream, ReaderGone, frame
from bridge.gateway.tokens import GRACE_S
from bridge.gateway.views import session_view
from bridge.session.eventlog import Entry

_POSITION = re.compile(r"([0-9A-Za-z_-]{1,64}):([0-9]{1,15})")


def parse_position(last_event_id: str | None) -> tuple[str, int] | None:
    """Return epoch and offset of a Last-Event-ID; one that is not ours is like none."""
    match = _POSITION.fullmatch(last_event_id or "")
    return (match[1], int(match[2])) if match else None


async def events(request: web.Request) -> web.StreamResponse:
    """Send what the client missed, or `welcome`, then every event until the session has ended.

    The stream also ends when the client is 256 events behind, and 25 s after the end of its token; it may then resume.
    """
    server = gateway(request)
    session = server.session(request)
    session.touch()
    caller = caller_of(request)
    stream = EventStream(request, None if caller.expires_at is None else caller.expires_at + GRACE_S)
    epoch = session.log.epoch

    def entry_frame(entry: Entry) -> bytes:
        place = f"{epoch}:{entry.offset}" if entry.offset else None
        return frame(entry.json, event=entry.type, event_id=place)

    position = parse_position(request.headers.get("Last-Event-ID"))
    with server.telemetry.metrics.watching("sse"), session.subscribe(position) as subscription:
        welcome = Welcome(
            epoch=epoch,
            offset=subscription.start,
            recovered=False,
            role="watcher" if caller.role == "watcher" else "driver",
            session=session_view(session, server.talk, server.gatekeeper),
        )
        try:
            async with stream:
                if subscription.recovered:
                    for entry in subscription.missed:
                        await stream.send(entry_frame(entry))
                else:
                    place = f"{epoch}:{subscription.start}"
                    await stream.send(frame(msgspec.json.encode(welcome), event="welcome", event_id=place))
                while (entry := await stream.next(subscription)) is not None:
                    await stream.send(entry_frame(entry))
        except ReaderGone:
            pass
    return stream.response
