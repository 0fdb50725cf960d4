"""A language model with moods: each request gets an answer of its own, slow, broken or good."""

import asyncio
from random import Random

from tests.support.fake_openai import Abort, ChatRequest, Pause, Raw, Reply, Stall, Step, Think
from tests.support.story.trace import Trace

GOOD = "good"
MOODS = [
    *[GOOD] * 8, "slow", "slow", "late", "late", "stalls", "stalls later", "breaks off", "broken", "busy", "refuses",
    "empty", "thinks", "long", "nonsense",
]  # fmt: skip
ENGLISH = [
    "The king lives far away in the north. ",
    "He had three daughters, and a very large garden. ",
    "They all went down to the sea one day. ",
    "Nobody knew why! ",
    "It was cold, it was late, and the boat was small. ",
]
CHINESE = ["从前有一位国王，他住在很远的北方。", "他有三个女儿。", "有一天，他们都去了海边，天气很冷。"]


class Model:
    """Answers for a `FakeOpenAI`; what it writes begins with the number of its request, so that it is known again."""

    def __init__(self, random: Random, trace: Trace | None = None) -> None:
        self.answers: list[str] = []
        self.moods = MOODS
        self.trace = trace
        self._random = random
        self._numbers: dict[int, int] = {}

    def reply(self, request: ChatRequest) -> Reply:
        """Return the answer to a request."""
        mood = self._random.choice(self.moods)
        number = len(self.answers) + 1
        text = self._text(number, long=mood == "long")
        self.answers.append(text)
        self._numbers[id(request)] = number
        if self.trace is not None:
            messages = [{"role": message.role, "content": message.content} for message in request.messages]
            said = [message for message in messages if message["role"] != "system"]
            self.trace.add(asyncio.get_running_loop().time(), "llm", {"n": number, "mood": mood, "messages": said})
        return self._reply(mood, text)

    def over(self, request: ChatRequest) -> None:
        """Take note that nothing more is written for a request."""
        if self.trace is not None:
            self.trace.add(asyncio.get_running_loop().time(), "llm over", {"n": self._numbers[id(request)]})

    def _text(self, number: int, *, long: bool) -> str:
        random = self._random
        language = CHINESE if random.random() < 0.25 else ENGLISH
        count = random.randint(8, 12) if long else random.randint(1, 3)
        head = f"答案{number}号。" if language is CHINESE else f"Answer {number}. "
        return (head + "".join(random.choice(language) for _ in range(count))).rstrip()

    def _reply(self, mood: str, text: str) -> Reply:
        random = self._random
        tokens: list[Step] = list(_tokens(random, text))
        middle = random.randint(1, len(tokens))
        refusals = {
            "broken": Reply(status=random.choice([500, 503])),
            "busy": Reply(status=429, headers=random.choice([{}, {"Retry-After": "2"}])),
            "refuses": Reply(status=401),
        }
        steps: dict[str, list[Step]] = {
            "slow": [step for token in tokens for step in (token, Pause(random.choice([0.05, 0.4, 1.5])))],
            "late": [Pause(random.choice([0.9, 1.0, 1.1, 2.5, 7.5])), *tokens],
            "stalls": [Stall()],
            "stalls later": [*tokens[:middle], Stall()],
            "breaks off": [*tokens[:middle], Abort()],
            "empty": random.choice([[], [" ", "\n"]]),
            "thinks": [Think("Hm."), Pause(random.uniform(0, 3)), Think("Well."), *tokens],
            "nonsense": [*tokens[:middle], Raw(b"data: \xe4\xb8\n\n"), *tokens[middle:]],
        }
        return refusals.get(mood) or Reply(steps.get(mood, tokens))


def _tokens(random: Random, text: str) -> list[str]:
    """Cut a text into tokens of up to ten characters."""
    tokens: list[str] = []
    while text:
        size = random.randint(1, 10)
        tokens.append(text[:size])
        text = text[size:]
    return tokens
