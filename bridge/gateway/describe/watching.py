"""The routes of those who look and listen: events and the picture."""

from typing import get_args

import msgspec

from bridge import errors
from bridge.gateway.describe.route import EVENTS, SDP, Answer, Body, Parameter, Route
from bridge.gateway.describe.sessions import ID
from bridge.gateway.socket.messages import Welcome
from bridge.session.events import AudioSent, EphemeralEvent, Hold, StreamEvent
from bridge.session.play import PlayAddress

EVENT_MODELS: dict[str, type[msgspec.Struct]] = {
    str(model.__struct_config__.tag): model for model in (Welcome, *get_args(StreamEvent))
}
EPHEMERAL_MODELS: dict[str, type[msgspec.Struct]] = {
    str(model.__struct_config__.tag): model for model in get_args(EphemeralEvent)
}
LAST_EVENT_ID = Parameter(
    name="Last-Event-ID",
    where="header",
    text="The last `id` that the client has seen. It then gets every event that it missed, or another `welcome`.",
    schema={"type": "string"},
)
VIEWER = Parameter(
    name="viewer",
    where="query",
    text="The viewer, as the `Location` of the answer to its offer named it.",
    schema={"type": "string", "minLength": 1, "maxLength": 64},
    required=True,
)


ROUTES = (
    Route(
        method="GET",
        path="/v1/sessions/{session_id}/events",
        name="events",
        tag="Watching",
        role="watcher",
        summary="Follow what happens",
        text="A fresh stream begins with `welcome`. The stream ends with the session, or when the client is 256 events "
        "behind; it may then resume. `hold`, `audio.sent`, and `transcript` while it is not final, have no `id`: they "
        "are not sent again. Types may be added; ignore those you do not know.",
        parameters=(LAST_EVENT_ID,),
        answers={
            200: Answer(
                text="Server-sent events, each with an `id` to resume from; a comment every 15 s in quiet times.",
                media_type=EVENTS,
                events={**EVENT_MODELS, "hold": Hold, "audio.sent": AudioSent},
                example='event: session.state\nid: 7a2b74a81655:4\ndata: {"type":"session.state","state":"live",'
                f'"reason":null,"error":null,"offset":4,"time":1795217295.192,"session_id":"{ID}"}}\n\n',
            )
        },
    ),
    Route(
        method="GET",
        path="/v1/sessions/{session_id}/ws",
        name="socket",
        tag="Watching",
        role="watcher",
        summary="Follow and drive over one WebSocket",
        text="The messages of both directions stand in asyncapi.json.",
        answers={101: Answer(text="The connection is a WebSocket from now on.")},
    ),
    Route(
        method="GET",
        path="/v1/sessions/{session_id}/play",
        name="play",
        tag="Picture",
        role="watcher",
        summary="Find the picture",
        text="Ask again after the event `play`: the address may hold this client's own secret, and may change.",
        answers={
            200: Answer(
                text="Where it is, and how it is fetched.",
                model=PlayAddress,
                example={
                    "kind": "whep",
                    "url": f"/v1/sessions/{ID}/whep",
                    "trtc": None,
                    "alpha": False,
                    "width": None,
                    "height": None,
                    "delay_ms": 0,
                },
            )
        },
        errors=(errors.NoPicture,),
    ),
    Route(
        method="POST",
        path="/v1/sessions/{session_id}/whep",
        name="watch",
        tag="Picture",
        role="watcher",
        summary="Begin to watch over WebRTC",
        text="WHEP: an SDP offer to receive audio and video, answered with SDP.",
        body=Body(media={SDP: {"type": "string", "pattern": "^v=0", "maxLength": 65536}}, example="v=0\r\n…"),
        answers={
            201: Answer(
                text="The answer to set as the remote description.",
                media_type=SDP,
                schema={"type": "string"},
                headers={"Location": "What to DELETE in order to leave."},
            )
        },
        errors=(
            errors.NoPicture,
            errors.NoNetworkInterface,
            errors.CloudUnreachable,
            errors.CloudRefused,
            errors.CloudProtocolError,
        ),
    ),
    Route(
        method="DELETE",
        path="/v1/sessions/{session_id}/whep",
        name="leave",
        tag="Picture",
        role="watcher",
        summary="Stop watching",
        parameters=(VIEWER,),
        answers={204: Answer(text="Gone.")},
    ),
)
