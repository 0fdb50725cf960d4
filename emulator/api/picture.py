"""The picture: WHEP for each session, a WebM stream where WebRTC cannot work, a page that shows either, and pushes."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from html import escape
from pathlib import Path

from aiohttp import ClientConnectionResetError, web

from emulator.api.control import PREFIX, not_found
from emulator.cloud import Cloud
from emulator.codes import CloudError
from emulator.media import BadOfferError, MediaError, Pushes, Stages, Viewers
from emulator.session import Session


class PictureApi:
    """WHEP and the watch page for the sessions of `cloud`."""

    def __init__(self, cloud: Cloud, *, push_anywhere: bool = False) -> None:
        """Push to machines nearby only, unless `push_anywhere`."""
        self._cloud = cloud
        stages = Stages()
        self._viewers = Viewers(stages=stages)
        self._pushes = Pushes(stages, anywhere=push_anywhere)
        self._of_session: defaultdict[str, set[str]] = defaultdict(set)
        cloud.on_started, cloud.on_closed = self._begin, self._end
        self._page = Path(__file__).with_name("watch.html").read_text(encoding="utf-8")

    def routes(self) -> list[web.RouteDef]:
        """Return the calls of the picture."""
        return [
            web.post(f"{PREFIX}/whep/{{id}}", self._offer),
            web.delete(f"{PREFIX}/whep/{{id}}/{{viewer}}", self._leave),
            web.delete(f"{PREFIX}/whep/{{id}}", self._leave),
            web.get(f"{PREFIX}/watch/{{id}}", self._watch),
            web.get(f"{PREFIX}/webm/{{id}}", self._webm),
        ]

    async def aclose(self) -> None:
        """End all viewers and pushes."""
        await asyncio.gather(self._viewers.aclose(), self._pushes.aclose())

    async def _offer(self, request: web.Request) -> web.Response:
        session = self._session(request)
        if request.content_type != "application/sdp":
            raise _refusal(415, "an offer is application/sdp")
        try:
            viewer, answer = await self._viewers.offer(session, await request.text())
        except BadOfferError as error:
            raise _refusal(400, str(error)) from None
        except MediaError as error:
            raise _refusal(503, str(error)) from None
        if session.closed:
            await self._viewers.close(viewer)
            raise not_found()
        watching = self._of_session[session.id]
        watching -= {gone for gone in watching if not self._viewers.watches(gone)}
        watching.add(viewer)
        location = f"{PREFIX}/whep/{session.id}/{viewer}"
        return web.Response(text=answer, status=201, content_type="application/sdp", headers={"Location": location})

    async def _leave(self, request: web.Request) -> web.Response:
        session = self._session(request)
        watching = self._of_session[session.id]
        viewer = request.match_info.get("viewer")
        leaving = watching & {viewer} if viewer else set(watching)
        if not leaving:
            raise _refusal(404, "there is no such viewer")
        watching -= leaving
        await self._close(leaving)
        return web.Response(status=200)

    async def _webm(self, request: web.Request) -> web.StreamResponse:
        session = self._session(request)
        try:
            stream = await self._viewers.webm(session)
        except MediaError as error:
            raise _refusal(503, str(error)) from None
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = "video/webm"
        try:
            await response.prepare(request)
            async for data in stream:
                if session.closed:
                    break
                await response.write(data)
        except ClientConnectionResetError:
            pass
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()
        return response

    async def _watch(self, request: web.Request) -> web.Response:
        session = self._session(request)
        page = self._page.replace("{{session}}", escape(session.id))
        return web.Response(text=page, content_type="text/html")

    def _begin(self, session: Session) -> None:
        if session.order.push_url is not None:
            self._pushes.begin(session.id, session, session.order.push_url, lambda: session.warn("push_not_allowed"))

    async def _end(self, session_id: str) -> None:
        await asyncio.gather(self._close(self._of_session.pop(session_id, set())), self._pushes.end(session_id))

    async def _close(self, viewers: set[str]) -> None:
        await asyncio.gather(*(self._viewers.close(viewer) for viewer in viewers))

    def _session(self, request: web.Request) -> Session:
        try:
            session = self._cloud.session(request.match_info["id"])
        except CloudError:
            raise not_found() from None
        if session.closed:
            raise not_found()
        return session


class _Refused(web.HTTPException):
    def __init__(self, status: int, message: str) -> None:
        self.status_code = status
        super().__init__(text=message)


def _refusal(status: int, message: str) -> web.HTTPException:
    return _Refused(status, message)
