"""Your program speaks to a language model; here its answers get a face: `python own_model.py http://127.0.0.1:8080`.

Needs aiohttp and openai, and a server with llm.base_url and llm.model in its settings. In a program that uses a model
already only the place changes where its client is made.
"""

import asyncio
import os
import sys

import aiohttp
import openai

QUESTION = "Who are you?"


async def main(server: str) -> None:
    key = os.environ.get("AVATAR_BRIDGE_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with aiohttp.ClientSession(server, headers=headers, raise_for_status=True) as http:
        async with http.post("/v1/sessions", json={}) as created:
            session = await created.json()
        path = f"/v1/sessions/{session['session_id']}"
        client = openai.AsyncOpenAI(
            base_url=f"{server}/v1",
            api_key=session["token"],  # good for this session and 15 minutes; the server's key would do, too
            default_headers={"X-Avatar-Session": session["session_id"]},
        )
        try:
            answer = await client.chat.completions.create(
                model="any", messages=[{"role": "user", "content": QUESTION}], stream=True
            )
            async for chunk in answer:
                print(chunk.choices[0].delta.content or "", end="", flush=True)
            print()
            # The text is here long before it has been said. What is said next ends behind it.
            async with http.post(f"{path}/say", json={"text": "Anything else?", "wait": "ended"}) as said:
                print("people heard:", (await said.json())["heard"])
        finally:
            await client.close()
            await http.delete(path)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"))
