"""The barest relay of sound that one would write with our libraries: `python -m bridge.cli.bench.bare_voice CLOUD`.

An aiohttp server, a websockets client a browser, uvloop, and base64 spliced into a frame that is prepared once. It has
no sessions, keys, pace, events, recovery, metrics, or errors: what it costs is what the sockets cost.
"""

import asyncio
import sys
import uuid

import pybase64
from aiohttp import WSMsgType, web
from websockets.asyncio.client import ClientConnection, connect

from bridge.cli.aio import run

CHANNEL = "/v2/ws/ivh/interactdriver/interactdriverservice/commandchannel"
FRAME_BYTES = 5_120


async def _relay(request: web.Request, cloud: str) -> web.WebSocketResponse:
    browser = web.WebSocketResponse(compress=False)
    await browser.prepare(request)
    number = request.match_info["number"]
    head = (
        f'{{"Header":{{}},"Payload":{{"ReqId":"{uuid.uuid4().hex}","SessionId":"{number}","Command":"SEND_AUDIO",'
        '"Data":{"Audio":"'
    )
    async with connect(f"ws://{cloud}{CHANNEL}?requestid={number}", compression=None, proxy=None) as channel:
        telling = asyncio.create_task(_tell(channel, browser))
        held, seq = bytearray(), 0
        async for message in browser:
            if message.type is WSMsgType.BINARY:
                held += message.data
                if len(held) >= FRAME_BYTES:
                    seq += 1
                    sound = pybase64.b64encode_as_string(held[:FRAME_BYTES])
                    del held[:FRAME_BYTES]
                    await channel.send(f'{head}{sound}","Seq":{seq},"IsFinal":false}}}}}}')
        telling.cancel()
    return browser


async def _tell(channel: ClientConnection, browser: web.WebSocketResponse) -> None:
    async for status in channel:
        await browser.send_str(status if isinstance(status, str) else status.decode())


async def serve(cloud: str) -> None:
    """Serve until the process is ended."""

    async def relay(request: web.Request) -> web.WebSocketResponse:
        return await _relay(request, cloud)

    app = web.Application()
    app.router.add_get("/{number}", relay)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(serve(sys.argv[1]))
