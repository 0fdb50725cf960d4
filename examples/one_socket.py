"""Speak text while it is made, follow what happens, and miss nothing: `python one_socket.py http://127.0.0.1:8080`.

Needs aiohttp. Replace `pieces` by whatever your model streams. The connection is dropped once on purpose: the next one
resumes, and every event is printed once and in order.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator

import aiohttp


async def pieces() -> AsyncIterator[str]:
    for piece in ("Good mor", "ning. I say this while ", "it is still being ", "written."):
        yield piece
        await asyncio.sleep(0.1)


async def speak(ws: aiohttp.ClientWebSocketResponse) -> None:
    await ws.send_json({"type": "say.start", "ref": "greeting"})
    async for piece in pieces():
        await ws.send_json({"type": "say.delta", "ref": "greeting", "text": piece})
    await ws.send_json({"type": "say.end", "ref": "greeting"})


async def follow(http: aiohttp.ClientSession, session: str, token: str) -> None:
    """Connect, resume, connect again, until everything has been said."""
    position: dict[str, object] | None = None
    dropped = False
    while True:
        async with http.ws_connect(f"/v1/sessions/{session}/ws") as ws:
            await ws.send_json({"type": "auth", "token": token} | ({"resume": position} if position else {}))
            async for message in ws:
                event = json.loads(message.data)
                match event["type"]:
                    case "welcome":
                        print("connected,", "nothing missed" if event["recovered"] else "from here on")
                        if not event["recovered"]:
                            position = {"epoch": event["epoch"], "offset": event["offset"]}
                            await speak(ws)
                    case "ack" | "pong":
                        pass
                    case "error":
                        sys.exit(event["message"])
                    case kind:
                        position = {**(position or {}), "offset": event["offset"]}
                        print(event["offset"], kind, event.get("status", ""), event.get("text", ""))
                        if kind == "utterance" and event["status"] in {"ended", "interrupted", "failed"}:
                            print("people heard:", event["heard"])
                            return
                        if kind == "sentence" and not dropped:
                            dropped = True
                            break  # as if the network had failed


async def main(server: str) -> None:
    key = os.environ.get("AVATAR_BRIDGE_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with aiohttp.ClientSession(server, raise_for_status=True) as http:
        async with http.post("/v1/sessions", json={}, headers=headers) as created:
            made = await created.json()
        try:
            await follow(http, made["session_id"], made["token"])
        finally:
            await http.delete(f"/v1/sessions/{made['session_id']}", headers=headers)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"))
