"""The avatar speaks with your voice: `python own_voice.py speech.wav http://127.0.0.1:8080` while a server runs.

Needs aiohttp. A WAV file of 16 bits, mono or stereo, stands for a microphone: pieces of 20 ms, sent as they are spoken.
"""

import asyncio
import json
import os
import sys
import time
import wave

import aiohttp

PIECE_S = 0.020


async def speak(socket: aiohttp.ClientWebSocketResponse, path: str) -> None:
    with wave.open(path) as sound:
        start = {"type": "audio.start", "ref": "mic", "purpose": "drive", "encoding": "s16le"}
        await socket.send_json({**start, "sample_rate": sound.getframerate(), "channels": sound.getnchannels()})
        began = time.monotonic()
        sent = 0
        while piece := sound.readframes(int(sound.getframerate() * PIECE_S)):
            await socket.send_bytes(piece)
            sent += 1
            await asyncio.sleep(max(0.0, began + sent * PIECE_S - time.monotonic()))
    await socket.send_json({"type": "audio.end", "ref": "mic"})


async def main(path: str, server: str) -> None:
    key = os.environ.get("AVATAR_BRIDGE_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with aiohttp.ClientSession(server, headers=headers, raise_for_status=True) as http:
        async with http.post("/v1/sessions", json={"mode": "audio"}) as created:
            session = f"/v1/sessions/{(await created.json())['session_id']}"
        async with http.ws_connect(f"{session}/ws") as socket:
            await socket.send_json({"type": "auth"})
            state, speaking = "", None
            async for message in socket:
                event = json.loads(message.data)
                state = event.get("state") or event.get("session", {}).get("state") or state
                if state == "live" and speaking is None:
                    speaking = asyncio.create_task(speak(socket, path))
                if event["type"] in {"utterance", "audio.dropped", "error"}:
                    print(event["type"], event.get("status") or event.get("total_ms") or event.get("code"))
                if event["type"] == "error" or event.get("status") in {"ended", "interrupted", "failed"}:
                    break
            if speaking is not None:
                speaking.cancel()
        await http.delete(session)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8080"))
