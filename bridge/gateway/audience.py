"""`/v1/sessions/{id}/audience`: what people have written, until it is answered or dismissed."""

from aiohttp import web

from bridge.gateway.answers import Answer, answer_json
from bridge.gateway.context import gateway
from bridge.gateway.models import AnswerMessage, Write
from bridge.gateway.replies import AudienceList, AudienceMessage
from bridge.gateway.requests import parse_json, read_json_body
from bridge.gateway.script import host_of, new_id
from bridge.talk.audience import Written
from bridge.talk.host import Host


async def show(request: web.Request) -> web.StreamResponse:
    """Return the messages."""
    return answer_json(AudienceList([_view(message) for message in host_of(request).messages])).response()


async def write(request: web.Request) -> web.StreamResponse:
    """Take a message."""
    host = host_of(request)
    body = await read_json_body(request)
    wish = parse_json(body, Write)

    async def act() -> Answer:
        message = Written(new_id(), wish.text, wish.who)
        host.write(message)
        return answer_json(_now(host, message.message_id), 201)

    return (await gateway(request).answers.once(request, body, act)).response()


async def answer(request: web.Request) -> web.StreamResponse:
    """Have a message answered."""
    host = host_of(request)
    message_id = request.match_info["message_id"]
    body = await read_json_body(request)
    wish = parse_json(body, AnswerMessage)

    async def act() -> Answer:
        host.answer(message_id, at_once=wish.now)
        return answer_json(_now(host, message_id))

    return (await gateway(request).answers.once(request, body, act)).response()


async def dismiss(request: web.Request) -> web.StreamResponse:
    """Let a message go."""
    host_of(request).dismiss(request.match_info["message_id"])
    return web.Response(status=204, headers={"Cache-Control": "no-store"})


def _now(host: Host, message_id: str) -> AudienceMessage:
    return next(_view(message) for message in host.messages if message.message_id == message_id)


def _view(message: Written) -> AudienceMessage:
    return AudienceMessage(message_id=message.message_id, who=message.who, text=message.text, state=message.state)
