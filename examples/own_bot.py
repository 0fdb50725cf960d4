"""Your bot gets a face: `python own_bot.py http://127.0.0.1:8080` while `avatar-bridge demo` runs.

Needs aiohttp. Replace `answer` by whatever you have.
"""

import asyncio
import json
import os
import sys

import aiohttp

QUESTIONS = ["Hello!", "What is seven times six?"]


def answer(question: str) -> str:
    return "It is forty-two." if "seven" in question else "Hello, I am a bot with a face."


async def listen(http: aiohttp.ClientSession, session: str, live: asyncio.Event) -> None:
    """Print what happens in the session; set `live` when it can be seen and heard."""
    async with http.get(f"/v1/sessions/{session}/events", timeout=aiohttp.ClientTimeout(total=None)) as events:
        async for line in events.content:
            if not line.startswith(b"data:"):
                continue
            event = json.loads(line.removeprefix(b"data:"))
            state = event.get("state") or event.get("session", {}).get("state")
            if state:
                print("session is", state)
            if state == "live":
                live.set()
            if event["type"] == "sentence":
                print(event["status"], event["text"])


async def main(server: str) -> None:
    key = os.environ.get("AVATAR_BRIDGE_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with aiohttp.ClientSession(server, headers=headers, raise_for_status=True) as http:
        async with http.post("/v1/sessions", json={}) as created:
            session = (await created.json())["session_id"]
        live = asyncio.Event()
        listener = asyncio.create_task(listen(http, session, live))
        try:
            await asyncio.wait_for(live.wait(), timeout=150)
            for question in QUESTIONS:
                say = {"text": answer(question), "wait": "ended"}
                async with http.post(f"/v1/sessions/{session}/say", json=say) as said:
                    print("people heard:", (await said.json())["heard"])
        finally:
            listener.cancel()
            await http.delete(f"/v1/sessions/{session}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"))
