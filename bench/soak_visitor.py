"""A visitor of the soak: a session, everybody who uses it, and what they find wrong."""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

WORDS = (
    "the",
    "avatar",
    "walks",
    "through",
    "a",
    "quiet",
    "lobby",
    "and",
    "tells",
    "visitors",
    "where",
    "lifts",
    "are",
)
SETTLE_S = 150.0
"""How long the last end may take: a session may be waiting for its cloud to come back."""
TRIES = 3
"""How often a session may be asked to speak at the end; a fault that is still out may strike meanwhile."""
STAY_S = 40.0
ENDS = frozenset({"ended", "interrupted", "failed"})
GONE = frozenset({"closed", "failed"})
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@dataclass
class Findings:
    """What was seen, and what is wrong with it."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    ends: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    states: Counter[str] = field(default_factory=Counter[str])
    faults: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])


class Visitor:
    """Uses one session after the other, `seed` decides how."""

    def __init__(self, name: str, http: aiohttp.ClientSession, findings: Findings, seed: int) -> None:
        self._name = name
        self._http = http
        self._findings = findings
        self._random = random.Random(seed)
        self._mode = self._random.choice(["text", "audio"])
        self._path = ""
        self._state = ""
        self._welcomed = False
        self._unfinished: dict[str, str] = {}
        self._finished: set[str] = set()
        self._noted = asyncio.Event()

    async def live(self, until: float) -> None:
        """Use a session, and another one when it fails, until the time has come; then see whether all is well."""
        while time.monotonic() < until:
            body = {"mode": self._mode, "user_id": self._name}
            async with self._http.post("/v1/sessions", json=body) as answer:
                self._path = f"/v1/sessions/{(await answer.json())['session_id']}"
            self._state, self._welcomed = "creating", False
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._watch())
                while time.monotonic() < until and self._state not in GONE:
                    await self._act()
                    await asyncio.sleep(self._random.expovariate(0.5))
                if self._state not in GONE:
                    await self._settle()
                watching.cancel()
        if self._random.random() < 0.5:
            await self._http.delete(self._path)

    # What they do.

    async def _act(self) -> None:
        acts = [self._say, self._say, self._say, self._queue, self._long, self._stream, self._stop, self._play]
        await self._random.choice(acts)()

    async def _say(self, words: int = 12) -> None:
        text = " ".join(self._random.choices(WORDS, k=self._random.randint(1, words))) + "."
        await self._ask("say", {"text": text, "interrupt": self._random.random() < 0.1})

    async def _queue(self) -> None:
        for _ in range(self._random.randint(2, 20)):
            await self._say(4)

    async def _long(self) -> None:
        await self._say(120)

    async def _stop(self) -> None:
        await self._ask("interrupt", {"scope": self._random.choice(["all", "current"])})

    async def _play(self) -> None:
        if self._mode == "audio":
            sound = _wav(self._random.uniform(0.1, 6))
            self._note_answer(await self._post("audio", data=sound, headers={"Content-Type": "audio/wav"}))

    async def _stream(self) -> None:
        async def words() -> AsyncGenerator[bytes]:
            for _ in range(self._random.randint(1, 30)):
                yield (self._random.choice(WORDS) + self._random.choice([" ", " ", ". "])).encode()
                await asyncio.sleep(self._random.expovariate(8))

        self._note_answer(await self._post("stream", data=words(), headers=PLAIN))

    async def _ask(self, call: str, body: Mapping[str, object]) -> None:
        self._note_answer(await self._post(call, data=json.dumps(body), headers={"Content-Type": "application/json"}))

    async def _post(
        self, call: str, *, data: str | bytes | AsyncGenerator[bytes], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        async with self._http.post(f"{self._path}/{call}", data=data, headers=headers) as answer:
            return await answer.json()

    def _note_answer(self, said: dict[str, Any]) -> None:
        if "code" in said:
            self._findings.refused[said["code"]] += 1
        elif "utterance_id" in said:
            self._findings.accepted += 1

    # What they see.

    async def _watch(self) -> None:
        """Follow the events, go away and come back; what was missed has to be told."""
        seen = ""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with asyncio.timeout(self._random.expovariate(1 / STAY_S)):
                    headers = {"Last-Event-ID": seen} if seen else {}
                    async with self._http.get(f"{self._path}/events", headers=headers, timeout=None) as events:
                        async for line in events.content:
                            if line.startswith(b"id: "):
                                seen = line[4:].decode().strip()
                            elif line.startswith(b"data: "):
                                self._note(json.loads(line[6:]))
            await asyncio.sleep(0.2)

    def _note(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "welcome":
                if self._welcomed:
                    self._findings.wrong.append(f"{self._name}: events were lost")
                self._welcomed = True
                self._state = event["session"]["state"]
            case "session.state":
                self._state = event["state"]
                self._findings.states[f"{event['state']} {event.get('reason') or ''}".strip()] += 1
            case "utterance":
                self._utterance(event["utterance_id"], event["status"], event.get("error"))
            case _:
                pass
        self._noted.set()

    def _utterance(self, utterance_id: str, status: str, error: dict[str, Any] | None) -> None:
        if utterance_id in self._finished:
            self._findings.wrong.append(f"{self._name}: {utterance_id} is {status} after its end")
        elif status in ENDS:
            self._unfinished.pop(utterance_id, None)
            self._finished.add(utterance_id)
            self._findings.ends[status] += 1
            if error:
                self._findings.errors[f"{error['code']}: {error['message']}"] += 1
        else:
            self._unfinished[utterance_id] = status

    async def _settle(self) -> None:
        """Stop what would take hours, wait for the ends of all, and see whether the session still speaks."""
        await self._ask("interrupt", {"scope": "all"})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                while self._unfinished:
                    self._noted.clear()
                    await self._noted.wait()
        for utterance_id, status in self._unfinished.items():
            self._findings.wrong.append(f"{self._name}: {utterance_id} stayed {status}")
        last = json.dumps({"text": "Goodbye.", "interrupt": True, "wait": "ended"})
        said: dict[str, Any] = {}
        for _ in range(TRIES):
            said = await self._post("say", data=last, headers={"Content-Type": "application/json"})
            if said.get("status") == "ended":
                return
        self._findings.wrong.append(f"{self._name}: {self._path} does not speak any more: {said}")


def _wav(seconds: float) -> bytes:
    pcm = bytes(2 * int(16_000 * seconds))
    sizes = [(36 + len(pcm)).to_bytes(4, "little"), len(pcm).to_bytes(4, "little")]
    mono_16_khz = bytes.fromhex("10000000 0100 0100 803e0000 007d0000 0200 1000")
    return b"RIFF" + sizes[0] + b"WAVEfmt " + mono_16_khz + b"data" + sizes[1] + pcm
