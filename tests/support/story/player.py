"""Who is in front of the avatar: asks, has texts said, interrupts at every stage, breaks connections, forgets."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from tests.support.fake_speech import Refusal
from tests.support.story.microphone import Microphone
from tests.support.story.page import Page
from tests.support.story.world import World, spoken_s

PATIENCE_S = 20.0
"""How long a moment is waited for that may never come."""
FAULTS = re.split(
    r"\s",
    "lose@TextOver lose@TextStart lose@SentenceStart lose@SentenceNext lose@SentenceOver lose@stream:2 lose@stream"
    " duplicate@stream duplicate@down duplicate@TextOver duplicate@TextStart"
    " reorder@stream reorder@down reorder@TextOver delay@down=2 delay@TextOver=8 delay@TextStart=3 delay@stream=1.5"
    " delay@connect=3 delay@stat=4 error@stream=110015 error@stream:2=100001 rate@stream slow@stream=0.3 slow@down=0.3"
    " no_pong@stream drop@stream drop@stream:3 drop@SentenceStart drop@TextOver drop@connect close@stream"
    " close@SentenceOver blackhole@stream blackhole@TextStart blackhole@connect error@stat restart@stream"
    " restart@SentenceStart lose@AudioOver lose@AudioStart lose@audio:5 drop@audio:7 delay@AudioOver=4"
    " error@audio:3=110015 duplicate@audio:2 reorder@AudioOver blackhole@audio:9",
)
USUAL = ["lose@TextOver", "duplicate@down", "duplicate@TextOver", "delay@TextOver=8", "reorder@down", "drop@stream"]
SENTENCES = [
    "The doors close soon.",
    "Please do not forget your umbrella!",
    "门要关了，请不要忘记您的雨伞。",
    "Good bye.",
]


class Player:
    """Plays `world`; `faults` tells whether the cloud may misbehave, `delay_s` how late players are that report."""

    def __init__(
        self, world: World, random: Random, *, faults: bool, delay_s: float | None, speaks: bool = False
    ) -> None:
        self._world = world
        self._random = random
        self._faults = faults
        self._pages = [Page(world, "A", delay_s), Page(world, "B", delay_s)]
        self._group = asyncio.TaskGroup()
        self._speaks = speaks
        self._microphone: Microphone | None = None
        self._number = 0

    async def play(self, acts: int) -> None:
        """Do so many things; return when all that was begun has its answer."""
        for page in self._pages:
            await page.come()
        async with self._group:
            await self._ask()
            for _ in range(acts):
                await self._moment()
                for _ in range(self._random.choice([0, 0, 1, 2, 5])):
                    await asyncio.sleep(0)
                await self._act()
        if self._microphone is not None:
            await self._microphone.close()

    async def ask_last(self) -> str:
        """Ask a last question; return the id of its answer."""
        if not self._pages[0].is_there:
            await self._pages[0].come()
        self._number += 1
        ref = f"q{self._number}"
        await self._pages[0].send("chat", text=f"Question {self._number}: what is behind this door?", ref=ref)
        trace = self._world.trace
        assert await trace.until(lambda: bool(trace.of("ack", ref=ref)), PATIENCE_S), "no ack"
        return trace.of("ack", ref=ref)[0].data["utterance_id"]

    async def leave(self) -> None:
        """Go away."""
        for page in self._pages:
            await page.leave()

    # When.

    async def _moment(self) -> None:
        """Wait for a moment in the life of what was accepted last, or for some time."""
        random, trace = self._random, self._world.trace
        queued = trace.of("event", type="utterance", status="queued")
        latest: str | None = queued[-1].data["utterance_id"] if queued else None
        seq = random.randint(1, 3)
        moments: list[tuple[dict[str, object], float]] = [
            ({"type": "utterance", "status": "sent"}, 0.3),
            ({"type": "utterance", "status": "started"}, 0.3),
            ({"type": "sentence", "seq": seq, "status": "started"}, 1.5),
            ({"type": "sentence", "seq": seq, "status": "ended"}, 0.1),
            ({"type": "utterance", "status": "ended"}, 1.5),
        ]
        choice = random.randrange(12)
        asked = len(trace.of("llm"))
        if choice < 6 and latest is not None:
            wanted, spread = moments[min(choice, 4)]
            await trace.until(lambda: bool(trace.of("event", utterance_id=latest, **wanted)), PATIENCE_S)
            await asyncio.sleep(random.choice([0.0, 0.0, random.uniform(0, spread)]))
        elif choice == 6:
            await trace.until(lambda: len(trace.of("llm")) > asked, 2.0)
        elif choice == 7:
            gone = len(trace.of("event", type="session.state", state="reconnecting"))
            await trace.until(
                lambda: len(trace.of("event", type="session.state", state="reconnecting")) > gone,
                PATIENCE_S if self._faults else 0.0,
            )
            await asyncio.sleep(random.choice([0.0, 0.05, 0.5]))
        else:
            await asyncio.sleep(random.choice([0.0, 0.02, 0.5, 1.0, random.uniform(0, 4)]))

    # What.

    async def _act(self) -> None:
        acts: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self._ask, 5),
            (self._ask_over_http, 2),
            (self._interrupt, 5),
            (self._say, 2),
            (self._say_over_http, 2),
            (self._stream, 2),
            (self._reset, 1),
            (self._speak, 12 if self._speaks else 0),
            (self._break, 2),
            (self._strike, 7 if self._faults else 0),
        ]
        act = self._random.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
        await act()

    def _page(self) -> Page:
        return self._random.choice(self._pages)

    def _ref(self, kind: str) -> tuple[str, int]:
        self._number += 1
        return f"{kind}{self._number}", self._number

    async def _ask(self) -> None:
        ref, number = self._ref("q")
        await self._page().send("chat", text=f"Question {number}: what is behind this door?", ref=ref)

    async def _ask_over_http(self) -> None:
        ref, number = self._ref("q")
        self._group.create_task(self._read_answer(ref, number), name=f"story-{ref}")

    async def _read_answer(self, ref: str, number: int) -> None:
        leaves = self._random.random() < 0.3
        self._note("http.chat", ref=ref, leaves=leaves)
        body = {"message": f"Question {number}: what is behind this door?"}
        async with self._world.http.post(f"{self._world.path}/chat", json=body, timeout=None) as response:
            last: str | None = None
            async for line in response.content:
                if line.startswith(b"event: "):
                    last = line[7:].strip().decode()
                if line.startswith(b"data: ") and last == "accepted":
                    self._acked(ref, json.loads(line[6:])["utterance_id"])
                    if leaves:
                        return
        if last != "end":
            self._wrong("an answer without an end", ref=ref, last=last)

    async def _say(self) -> None:
        ref, _ = self._ref("n")
        await self._page().send("say", text=self._notice(ref), interrupt=self._random.random() < 0.4, ref=ref)

    async def _say_over_http(self) -> None:
        ref, _ = self._ref("n")
        self._group.create_task(self._wait_for_said(ref), name=f"story-{ref}")

    async def _wait_for_said(self, ref: str) -> None:
        wait = self._random.choice(["accepted", "started", "ended"])
        body = {"text": self._notice(ref), "interrupt": self._random.random() < 0.4, "wait": wait, "timeout_s": 300}
        self._note("http.say", ref=ref, **body)
        async with self._world.http.post(f"{self._world.path}/say", json=body, timeout=None) as response:
            answer: dict[str, Any] = await response.json()
        if response.status == 202 or response.status == 200:
            self._acked(ref, answer["utterance_id"], status=answer["status"], wait=wait)
        elif answer.get("code") != "queue_full":
            self._wrong("say was refused", answer=answer)

    async def _stream(self) -> None:
        ref, _ = self._ref("n")
        page = self._page()
        await page.send("say.start", ref=ref, interrupt=self._random.random() < 0.4)
        self._group.create_task(self._deltas(page, ref), name=f"story-{ref}")

    async def _deltas(self, page: Page, ref: str) -> None:
        text = self._notice(ref)
        while text and page.is_there:
            size = self._random.randint(1, 20)
            await page.send("say.delta", ref=ref, text=text[:size])
            text = text[size:]
            await asyncio.sleep(self._random.choice([0.0, 0.1, 1.0]))
        if page.is_there:
            await page.send("say.end", ref=ref)

    def _notice(self, ref: str) -> str:
        texts = [self._random.choice(SENTENCES) for _ in range(self._random.randint(0, 3))]
        return " ".join([f"Notice {ref[1:]}.", *texts])

    async def _interrupt(self) -> None:
        scope = self._random.choice(["all", "all", "current"])
        if self._random.random() < 0.6:
            await self._page().send("interrupt", scope=scope)
            return
        self._note("http.interrupt", scope=scope)
        async with self._world.http.post(f"{self._world.path}/interrupt", json={"scope": scope}) as response:
            assert response.status == 200

    async def _speak(self) -> None:
        random, speech = self._random, self._world.llm.speech
        if self._microphone is None or not self._microphone.is_on:
            ref, _ = self._ref("mic")
            self._microphone = Microphone(self._page(), ref)
            await self._microphone.open(hands_free=True)
        match random.choice(["asks", "asks", "asks", "coughs", "mumbles", "is not heard", "thinks aloud"]):
            case "asks":
                _, number = self._ref("q")
                text = f"Question {number}: what is behind this door?"
                speech.hears.append(text)
            case "coughs":
                text = "ah"
            case "mumbles":
                speech.hears.append("")
                text = "Well, I do not know."
            case "is not heard":
                speech.refusals.append(Refusal(random.choice([500, 429, 401])))
                text = "Can you hear me at all?"
            case _:
                _, number = self._ref("q")
                text = f"Question {number}: I would like to know, and"
                speech.hears.append(text)
        self._note("speaks", text=text)
        self._microphone.say(text)
        await asyncio.sleep(random.choice([0.0, 0.3, spoken_s(text), spoken_s(text) + 1.0]))

    async def _reset(self) -> None:
        self._note("http.reset")
        async with self._world.http.post(f"{self._world.path}/reset", json={}) as response:
            assert response.status == 204
        self._note("reset done")

    async def _break(self) -> None:
        page = self._page()
        self._note("break", page=page.name)
        await page.leave()
        await asyncio.sleep(self._random.choice([0.0, 0.5, 3.0]))
        if self._random.random() < 0.8:
            await page.come()

    async def _strike(self) -> None:
        await self._world.fault(
            self._random.choice(self._random.choice([FAULTS, USUAL])), self._random.choice([1, 1, 1, 2])
        )

    # What is noted.

    def _note(self, what: str, **rest: object) -> None:
        self._world.trace.add(asyncio.get_running_loop().time(), "act", {"type": what, **rest})

    def _acked(self, ref: str, utterance_id: str, **rest: object) -> None:
        self._world.trace.add(
            asyncio.get_running_loop().time(), "ack", {"ref": ref, "utterance_id": utterance_id, **rest}
        )

    def _wrong(self, what: str, **rest: object) -> None:
        self._world.trace.add(asyncio.get_running_loop().time(), "error", {"event": what, **rest})
