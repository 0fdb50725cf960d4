"""The floor of the relay of sound: uvloop and picows on both sides, and nothing else.

avatar-bridge bench voice --against bench/voice_floor.py

Callbacks in C up to each message; no task, no future, no queue. What it costs is what system calls, base64 and the
masking of 7 KB cost, so a server in Python gets no cheaper than this.
"""

import asyncio
import sys
import uuid

import pybase64
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_connect, ws_create_server

from bridge.cli.aio import run

CHANNEL = "/v2/ws/ivh/interactdriver/interactdriverservice/commandchannel"
FRAME_BYTES = 5_120


class Browser(WSListener):
    """One microphone; it opens a channel for itself."""

    def __init__(self, cloud: str, path: str, tasks: set[asyncio.Task[None]]) -> None:
        self._address = f"ws://{cloud}{CHANNEL}?requestid={path.lstrip('/')}"
        self._head = (
            f'{{"Header":{{}},"Payload":{{"ReqId":"{uuid.uuid4().hex}","SessionId":"c","Command":"SEND_AUDIO",'
            '"Data":{"Audio":"'
        ).encode()
        self._held = bytearray()
        self._seq = 0
        self._channel: WSTransport | None = None
        self._tasks = tasks

    def on_ws_connected(self, transport: WSTransport) -> None:
        task = asyncio.create_task(self._open(transport))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.BINARY or self._channel is None:
            return
        self._held += frame.get_payload_as_memoryview()
        if len(self._held) >= FRAME_BYTES:
            self._seq += 1
            sound = pybase64.b64encode(self._held)
            self._held.clear()
            packet = b'%b%b","Seq":%d,"IsFinal":false}}}' % (self._head, sound, self._seq)
            self._channel.send(WSMsgType.TEXT, packet)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self._channel is not None:
            self._channel.disconnect()

    async def _open(self, browser: WSTransport) -> None:
        self._channel, _ = await ws_connect(lambda: Channel(browser), self._address)


class Channel(WSListener):
    """The cloud's side of it: what it tells goes to the browser."""

    def __init__(self, browser: WSTransport) -> None:
        self._browser = browser

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self._browser.send(WSMsgType.TEXT, frame.get_payload_as_bytes())


async def serve(cloud: str) -> None:
    """Serve until the process is ended."""
    tasks: set[asyncio.Task[None]] = set()

    def accept(request: WSUpgradeRequest) -> Browser:
        return Browser(cloud, request.path.decode(), tasks)

    server = await ws_create_server(accept, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(serve(sys.argv[1]))
