"""The barest way from a language model to the cloud: `python -m bridge.cli.bench.bare_text CLOUD MODEL`.

It reads the model's stream line by line and sends every token as a packet of its own: no SDK, no clauses, nothing that
makes markdown speakable, no retries, deadlines, history, events or interrupts.
"""

import asyncio
import sys
import uuid

import aiohttp
import msgspec
from aiohttp import WSMsgType, web
from websockets.asyncio.client import ClientConnection, connect

from bridge.cli.aio import run

CHANNEL = "/v2/ws/ivh/interactdriver/interactdriverservice/commandchannel"
EVENT = b"data: "


class _Delta(msgspec.Struct):
    content: str = ""


class _Choice(msgspec.Struct):
    delta: _Delta


class _Chunk(msgspec.Struct):
    choices: list[_Choice]


_chunks = msgspec.json.Decoder(_Chunk)


async def _answer(question: str, model: str, http: aiohttp.ClientSession, channel: ClientConnection) -> None:
    body = {"model": "bench", "stream": True, "messages": [{"role": "user", "content": question}]}
    seq, req_id = 0, uuid.uuid4().hex
    async with http.post(f"{model}/chat/completions", json=body) as response:
        async for line in response.content:
            if not line.startswith(EVENT) or line.startswith(b"data: [DONE]"):
                continue
            seq += 1
            text = _chunks.decode(line[len(EVENT) :]).choices[0].delta.content
            data = {"Text": text, "Seq": seq, "IsFinal": not text}
            payload = {"ReqId": req_id, "SessionId": "c", "Command": "SEND_STREAMTEXT", "Data": data}
            await channel.send(msgspec.json.encode({"Header": {}, "Payload": payload}), text=True)


async def _relay(request: web.Request, cloud: str, model: str, http: aiohttp.ClientSession) -> web.WebSocketResponse:
    browser = web.WebSocketResponse(compress=False)
    await browser.prepare(request)
    address = f"ws://{cloud}{CHANNEL}?requestid={request.match_info['number']}"
    async with connect(address, compression=None, proxy=None) as channel:
        telling = asyncio.create_task(_tell(channel, browser))
        async for message in browser:
            if message.type is WSMsgType.TEXT:
                await _answer(message.json()["text"], model, http, channel)
        telling.cancel()
    return browser


async def _tell(channel: ClientConnection, browser: web.WebSocketResponse) -> None:
    async for status in channel:
        await browser.send_str(status if isinstance(status, str) else status.decode())


async def serve(cloud: str, model: str) -> None:
    """Serve until the process is ended."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), trust_env=False) as http:

        async def relay(request: web.Request) -> web.WebSocketResponse:
            return await _relay(request, cloud, model, http)

        app = web.Application()
        app.router.add_get("/{number}", relay)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    run(serve(sys.argv[1], sys.argv[2]))
