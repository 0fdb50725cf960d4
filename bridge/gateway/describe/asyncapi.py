"""AsyncAPI 3.0 of a session's WebSocket, both ways, and of its events as server-sent events."""

import inspect
from collections.abc import Mapping
from typing import get_args

from bridge import __version__
from bridge.gateway.describe.route import SESSION_ID
from bridge.gateway.describe.schemas import Model, Schema, Schemas
from bridge.gateway.describe.watching import EPHEMERAL_MODELS, EVENT_MODELS
from bridge.gateway.socket.messages import CLOSE_CODES, ClientMessage, ServerMessage

DESCRIPTION = """\
The events of a session, and the messages of its WebSocket.

**Events** carry `type, offset, time, session_id`; the offset counts 1, 2, 3… within an epoch and is the same for every
client. A client that comes back with its last position gets every event that it missed, or `welcome` with `recovered:
false` and begins anew: never a part. **Ephemera** (`hold`, `audio.sent`, and `transcript` while it is not final) are
for every client that is there, carry none of these and are not sent again. **Replies** are for one client, carry no
offset and are not sent again either.

Text frames are JSON. Binary frames are a microphone's PCM, between `audio.start` and `audio.end`."""

CLIENT_MODELS: dict[str, Model] = {
    str(model.model_fields["type"].annotation.__args__[0]): model for model in get_args(ClientMessage)
}
REPLY_MODELS: dict[str, Model] = {str(model.__struct_config__.tag): model for model in get_args(ServerMessage)}

AUDIO: Schema = {
    "name": "audio",
    "title": "audio",
    "summary": "A binary frame: PCM as `audio.start` described it, at most 64 KiB.",
    "contentType": "application/octet-stream",
    "payload": {"type": "string", "format": "binary"},
}


def asyncapi() -> Schema:
    """Return the document."""
    schemas = Schemas()
    sent = {**_messages("client", CLIENT_MODELS, schemas), "client.audio": AUDIO}
    events = {
        **_messages("server", EVENT_MODELS, schemas),
        **_messages("ephemeral", EPHEMERAL_MODELS, schemas),
    }
    received = {**_messages("server", REPLY_MODELS, schemas), **events}
    text = "The WebSocket of a session. Its first message is `auth`. It is closed with\n\n"
    closes = text + "\n".join(f"- `{code}` {meaning}" for code, meaning in CLOSE_CODES.items())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "avatar-bridge",
            "version": __version__,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "servers": {
            "http": {"host": "127.0.0.1:8080", "protocol": "http", "description": "Server-sent events."},
            "ws": {"host": "127.0.0.1:8080", "protocol": "ws", "description": "The WebSocket."},
        },
        "defaultContentType": "application/json",
        "channels": {
            "socket": _channel("ws", "ws", closes, {**sent, **received}),
            "events": _channel("events", "http", "The events of a session as server-sent events.", events),
        },
        "operations": {
            "send": _operation("receive", "socket", "What a client may send.", sent),
            "receive": _operation("send", "socket", "What a client receives.", received),
            "follow": _operation("send", "events", "What a reader of the events receives.", events),
        },
        "components": {"schemas": dict(sorted(schemas.components.items()))},
    }


def summary_of(model: Model) -> str:
    """Return what a message is for."""
    return inspect.cleandoc(model.__doc__ or "")


def _messages(sender: str, models: Mapping[str, Model], schemas: Schemas) -> dict[str, Schema]:
    return {
        f"{sender}.{name}": {
            "name": name,
            "title": name,
            "summary": summary_of(model),
            "payload": schemas.event(model),
        }
        for name, model in models.items()
    }


def _channel(place: str, server: str, text: str, messages: Mapping[str, Schema]) -> Schema:
    return {
        "address": f"/v1/sessions/{{session_id}}/{place}",
        "description": text,
        "servers": [{"$ref": f"#/servers/{server}"}],
        "parameters": {"session_id": {"description": SESSION_ID.text}},
        "messages": messages,
    }


def _operation(action: str, channel: str, summary: str, messages: Mapping[str, Schema]) -> Schema:
    """Return what the server does: it sends what clients receive."""
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }
