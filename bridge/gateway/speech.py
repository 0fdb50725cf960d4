"""`/v1/sessions/{id}/…`: say, chat, interrupt, reset (DESIGN 5.3)."""

import asyncio
from typing import Literal

import msgspec
from aiohttp import web

from bridge.errors import WaitTimeout
from bridge.gateway.answers import Answer, answer_json, answer_problem
from bridge.gateway.context import gateway
from bridge.gateway.models import Chat, Interrupt, Say
from bridge.gateway.problems import of_event
from bridge.gateway.replies import Spoken, Stopped
from bridge.gateway.requests import parse_json, read_json_body
from bridge.gateway.sse import EventStream, ReaderGone, json_frame
from bridge.session.outcomes import Outcome
from bridge.session.session import Session
from bridge.talk.chat import Accepted, ChatEvent, Delta, Ended, Failed
from bridge.talk.chat import Chat as RunningChat


async def say(request: web.Request) -> web.StreamResponse:
    """Have a text spoken; answer when it is accepted, has started or has ended."""
    server = gateway(request)
    session = server.session(request)
    body = await read_json_body(request)
    wish = parse_json(body, Say)

    async def act() -> Answer:
        server.check_accepting()
        utterance_id = server.talk.of(session).say(wish.text, interrupt=wish.interrupt, ref=wish.ref)
        return await answer_when(session, utterance_id, wish.wait, wish.timeout_s)

    return (await server.answers.once(request, body, act)).response()


async def answer_when(
    session: Session, utterance_id: str, wait: Literal["accepted", "started", "ended"], timeout_s: float
) -> Answer:
    """Return the answer to whoever has something said, once it is as far as they want, or after `timeout_s`."""
    if wait == "accepted":
        return _told(utterance_id, Outcome("queued"), 202)
    try:
        async with asyncio.timeout(timeout_s):
            return _told(utterance_id, await session.wait(utterance_id, wait), 200)
    except TimeoutError:
        message = f"the utterance had not {wait} after {timeout_s:g} s; it goes on"
        return answer_problem(WaitTimeout(message, utterance_id))


def _told(utterance_id: str, outcome: Outcome, status: int) -> Answer:
    error = msgspec.UNSET if outcome.error is None else outcome.error
    spoken = Spoken(utterance_id=utterance_id, status=outcome.status, heard=outcome.heard, error=error)
    return answer_json(spoken, status)


async def chat(request: web.Request) -> web.StreamResponse:
    """Ask the dialog; stream its answer while it is spoken. A reader who leaves does not stop it."""
    server = gateway(request)
    session = server.session(request)
    body = await read_json_body(request)
    wish = parse_json(body, Chat)

    async def act() -> RunningChat:
        server.check_accepting()
        return server.talk.of(session).chat(wish.message)

    running = await server.chats.once(request, body, act)
    stream = EventStream(request)
    try:
        async with stream:
            reader = running.read()
            while (event := await stream.next(reader)) is not None:
                await stream.send(_chat_frame(event))
    except ReaderGone:
        pass
    return stream.response


def _chat_frame(event: ChatEvent) -> bytes:
    match event:
        case Accepted():
            return json_frame("accepted", event)
        case Delta():
            return json_frame("delta", event)
        case Ended():
            return json_frame("end", event)
        case Failed():
            return json_frame("error", of_event(event.problem))


async def interrupt(request: web.Request) -> web.StreamResponse:
    """Stop what is said, and unless only the current one is meant, what waits."""
    server = gateway(request)
    session = server.session(request)
    wish = parse_json(await read_json_body(request), Interrupt)
    return answer_json(Stopped(server.talk.of(session).interrupt(wish.scope, "api"))).response()


async def reset(request: web.Request) -> web.StreamResponse:
    """Forget the person in front of the avatar; the session stays."""
    server = gateway(request)
    session = server.session(request)
    server.talk.reset(session)
    server.answers.forget(session.session_id)
    server.chats.forget(session.session_id)
    server.completions.forget(session.session_id)
    return web.Response(status=204, headers={"Cache-Control": "no-store"})
