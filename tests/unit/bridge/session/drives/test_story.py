"""Any story, told to the drives, to a cloud with moods, and to a judge who knows only the manual.

`HYPOTHESIS_PROFILE=stories pytest tests/unit/bridge/session/drives/test_story.py` plays 10,000 steps of it.
"""

from itertools import count
from random import Random
from typing import Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bridge.errors import QueueFull
from bridge.session.drives import Answered, AskCloud, Drives, Effect, Emit, Reopen, Send, Unanswered
from bridge.session.drives.backlog import MAX_WAITING
from bridge.session.drives.machine import TextCommand
from bridge.session.events import Event, Interrupted, UtteranceChanged
from bridge.wire.events import DriveStatus
from tests.support.judge import Judge
from tests.support.pretend_cloud import Mood, PretendCloud

Answer = Literal["true", "wrong", "none"]
ORDER = {"queued": 0, "sent": 1, "started": 2, "ended": 3, "interrupted": 3, "failed": 3}
RARELY = st.sampled_from([False, False, False, False, True])
PAUSES = st.sampled_from([0.0, 0.0, 0.2, 1.0, 3.0])


class Story(RuleBasedStateMachine):
    """Time passes from one thing that is due to the next, on either side."""

    def __init__(self) -> None:
        super().__init__()
        self.now: float = 0.0
        self.names = count()
        self.statuses: dict[str, list[str]] = {}
        self.heard: dict[str, str | None] = {}
        self.words: dict[str, str] = {}
        self.frames: dict[str, list[bytes]] = {}
        self.sources: dict[str, str] = {}
        self.heard_of: set[tuple[str, str, int]] = set()
        self.answers: list[float] = []
        self.answer: Answer = "true"

    @initialize(
        random=st.randoms(use_true_random=False), command=st.sampled_from(["stream", "text"]), clauses=st.booleans()
    )
    def begin(self, random: Random, command: TextCommand, clauses: bool) -> None:
        ids = count(1)
        self.drives = Drives(lambda: f"r{next(ids)}", command, clauses=clauses)
        self.judge = Judge(clauses=clauses)
        self.cloud = PretendCloud(random, clauses=clauses)
        self.channel(up=True)

    # What people do.

    @rule(clauses=st.lists(st.sampled_from(["a. ", "bb, ", "好。"]), max_size=4), interrupt=RARELY, pause=PAUSES)
    def say(self, clauses: list[str], interrupt: bool, pause: float) -> None:
        name = self._open("text", interrupt=interrupt)
        if name is None:
            return
        for number, clause in enumerate(clauses, 1):
            self._push(name, clause, last=number == len(clauses))
        self._do(self.drives.finish(name, None, self.now))
        self.wait(pause)

    @rule(clauses=st.lists(st.sampled_from(["more. ", "still more, ", "还有。"]), max_size=3), pause=PAUSES, new=RARELY)
    def stream(self, clauses: list[str], pause: float, new: bool) -> None:
        """Let a source of words go on, or begin one."""
        name = self._source("stream", new=new)
        for clause in clauses:
            self._push(name, clause)
            self.wait(pause)

    @rule(
        frames=st.integers(1, 12),
        pause=st.sampled_from([0.05, 0.12, 0.16, 0.16, 0.4]),
        short=RARELY,
        polite=st.booleans(),
        new=RARELY,
    )
    def sound(self, frames: int, pause: float, short: bool, polite: bool, new: bool) -> None:
        """Let a source of sound go on, or begin one; a polite one keeps to the flow."""
        name = self._source("audio", new=new)
        for number in range(frames):
            self.wait(pause)
            if not polite or self.drives.flow(name) == "open":
                self._play(name, 100 if short and number == frames - 1 else 5120)

    @precondition(lambda self: self.sources)
    @rule(kind=st.sampled_from(["stream", "audio"]))
    def finish(self, kind: str) -> None:
        name = self.sources.pop(kind, None)
        if name is not None:
            self._do(self.drives.finish(name, None, self.now))

    @precondition(lambda self: any(u.status != "queued" for u in self.drives.unfinished))
    @rule(scope=st.sampled_from(["all", "current"]), pause=PAUSES)
    def interrupt(self, scope: Literal["all", "current"], pause: float) -> None:
        self._do(self.drives.interrupt(scope, "button", self.now)[1])
        self.wait(pause)

    # What the world does.

    @rule(
        mood=st.sampled_from(["prompt", "prompt", "late", "silent", "scrambled", "failing"]),
        answer=st.sampled_from(["true", "wrong", "none"]),
    )
    def cloud_is(self, mood: Mood, answer: Answer) -> None:
        self.cloud.mood, self.answer = mood, answer

    @rule(up=st.booleans())
    def channel(self, up: bool) -> None:
        if up is self.judge.up:
            return
        if up:
            self.cloud.reconnected(self.now)
        self.judge.channel(up=up, now=self.now)
        self._do(self.drives.channel(up=up, now=self.now))

    @rule(clause=st.sampled_from(["lost. ", "丢了。"]), back=st.sampled_from([0.0, 0.3, 4.0]))
    def lose_what_is_sent_now(self, clause: str, back: float) -> None:
        """The channel breaks, and what went out just before does not arrive."""
        self.losing = True
        if "stream" in self.sources:
            self._push(self.sources["stream"], clause)
        if "audio" in self.sources:
            self._play(self.sources["audio"], 5120)
        self._tick()
        self.losing = False
        self.channel(up=False)
        self.wait(back)
        self.channel(up=True)

    losing = False

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.1, 2.0, 5.0, 20.0]))
    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(5000):
            dues = [self.drives.next_deadline(), self.cloud.next_at, min(self.answers, default=None)]
            at = min((due for due in dues if due is not None), default=until)
            if at > until:
                break
            before, self.now = self.now, max(self.now, at)
            self._deliver()
            self._tick()
            if at == until == before:
                break
        else:
            raise AssertionError("it never comes to rest")
        self.now = until

    @rule(seconds=st.sampled_from([0.3, 2.2]))
    def stall(self, seconds: float) -> None:
        """Nothing happens in time: this program was busy with something else."""
        self.now += seconds
        self._deliver()
        self._tick()

    # How it is told.

    def _source(self, kind: Literal["stream", "audio"], *, new: bool) -> str:
        name = self.sources.get(kind)
        gone = name not in {utterance.utterance_id for utterance in self.drives.unfinished}
        if name is None or new or gone:
            self.finish(kind)
            self.sources[kind] = name = self._open(kind, interrupt=False) or "nobody"
        return name

    def _play(self, name: str, size: int) -> None:
        flow = self.drives.flow(name)
        if flow == "over":
            return
        head = int(name[1:]).to_bytes(2, "little") + len(self.frames[name]).to_bytes(4, "little")
        frame = head.ljust(size, b"\0")
        self.frames[name].append(frame)
        effects = self._do(self.drives.audio(name, frame, self.now))
        sent = [effect.command for effect in effects if isinstance(effect, Send)]
        assert not sent or flow == "open", "a frame went out, though the flow was not open"

    def _open(self, kind: Literal["text", "stream", "audio"], *, interrupt: bool) -> str | None:
        name = f"u{next(self.names)}"
        self.words[name], self.frames[name] = "", []
        try:
            self._do(self.drives.open(name, kind, self.now, interrupt=interrupt))
        except QueueFull:
            assert len(self.drives.unfinished) == MAX_WAITING + 1
            return None
        return name

    def _push(self, name: str, clause: str, *, last: bool = False) -> None:
        utterance = next((u for u in self.drives.unfinished if u.utterance_id == name), None)
        if utterance is None:
            return
        text = f"{name}:{clause}"
        self.words[name] += text
        self._do(self.drives.push(name, text, self.now, last=last))

    def _deliver(self) -> None:
        for message in self.cloud.due(self.now):
            if not self.judge.up:
                continue
            if isinstance(message, DriveStatus):
                key = (message.req_id, message.speak_status, message.seq)
                if key in self.heard_of:
                    continue
                self.heard_of.add(key)
                self.judge.status(message.req_id, message.speak_status, message.seq, self.now)
                self._do(self.drives.receive(message, self.now))
            else:
                self.judge.refused(message.req_id)
                self._do(self.drives.refused(message, self.now))
        while self.answers and self.answers[0] <= self.now:
            self.answers.pop(0)
            speaking = self.cloud.speaking is (self.answer == "true")
            self.judge.cloud_said(speaking=speaking)
            self._do(self.drives.cloud_says(speaking=speaking, now=self.now))

    def _tick(self) -> None:
        self._do(self.drives.tick(self.now))

    def _do(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            match effect:
                case Emit():
                    self._hear(effect.event)
                case Send():
                    self.judge.sent(effect.req_id, effect.command, self.now)
                    if not self.losing:
                        self.cloud.send(effect.req_id, effect.command, self.now)
                case AskCloud():
                    self.judge.asks(self.now)
                    self.answers = [] if self.answer == "none" else [self.now + 0.5]
                case Reopen():
                    self.judge.channel(up=False, now=self.now)
                case Answered() | Unanswered():
                    raise AssertionError("nobody has asked the cloud's bot")
        if Reopen() in effects:
            self._do(self.drives.channel(up=False, now=self.now))
            self.channel(up=True)
        return effects

    def _hear(self, event: Event) -> None:
        match event:
            case Interrupted():
                for name in event.utterance_ids:
                    self.judge.interrupted(name, self.now)
            case UtteranceChanged():
                self._told(event)
            case _:
                pass

    def _told(self, event: UtteranceChanged) -> None:
        name = event.utterance_id
        said = self.statuses.setdefault(name, [])
        said.append(event.status)
        ranks = [ORDER[status] for status in said]
        assert ranks == sorted(set(ranks)), said
        if ranks[-1] < 3:
            return
        self.judge.ended(name, event.status, self.now)
        assert event.heard is not None
        assert event.heard in self.judge.said(name)
        if event.status == "ended":
            assert event.heard == self.words[name] == self.judge.said(name)
            played = iter(self.frames[name])
            assert all(frame in played for frame in self.judge.played(name)), "frames out of order, or twice"

    @invariant()
    def every_utterance_has_one_life(self) -> None:
        unfinished = {utterance.utterance_id for utterance in self.drives.unfinished} if self.statuses else set[str]()
        for name, said in self.statuses.items():
            assert (ORDER[said[-1]] == 3) == (name not in unfinished)

    def teardown(self) -> None:
        if not self.statuses:
            return
        for name in self.sources.values():
            self._do(self.drives.finish(name, None, self.now))
        self.channel(up=True)
        for _ in range(120):
            if self.drives.unfinished:
                self.wait(60.0)
        assert self.drives.unfinished == []
        assert all(ORDER[said[-1]] == 3 for said in self.statuses.values())


TestStory = Story.TestCase
