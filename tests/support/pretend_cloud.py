"""A cloud in a test's own time: takes commands, speaks, and tells, as the manual has it or worse."""

from dataclasses import dataclass, field
from random import Random
from typing import Literal

from bridge.wire.commands import Command, SendAudio, SendText, StreamText
from bridge.wire.events import DriveError, DriveStatus

Mood = Literal["prompt", "late", "silent", "scrambled", "failing"]
CLOSES_S = 2.0
MESSAGE = DriveStatus | DriveError


@dataclass
class Speech:
    """One drive, as the cloud knows it."""

    req_id: str
    kind: str
    seq: int = 0
    final: bool = False
    over_at: float = float("inf")
    spoken_at: float = 0.0
    last_at: float = 0.0


@dataclass(order=True)
class Letter:
    """A message on its way down, or a silence that is to be noticed (`message` None)."""

    at: float
    number: int
    req_id: str = field(compare=False)
    message: MESSAGE | None = field(compare=False, default=None)


class PretendCloud:
    """`send` gives it a command, `due` takes what it says; both at times that never go back."""

    def __init__(self, random: Random, *, clauses: bool) -> None:
        self.mood: Mood = "prompt"
        self.speeches: dict[str, Speech] = {}
        self._clauses = clauses
        self._random = random
        self._post: list[Letter] = []
        self._count = 0
        self._told: list[DriveStatus] = []
        self._now = 0.0

    @property
    def next_at(self) -> float | None:
        return min(self._post).at if self._post else None

    @property
    def speaking(self) -> bool:
        return any(speech.over_at > self._now for speech in self.speeches.values())

    def due(self, now: float) -> list[MESSAGE]:
        """Return what it says by now, and close what has been silent too long."""
        self._now = now
        messages: list[MESSAGE] = []
        while self._post and (letter := min(self._post)).at <= now:
            self._post.remove(letter)
            if letter.message is not None:
                messages.append(letter.message)
                if isinstance(letter.message, DriveStatus) and letter.message not in self._told:
                    self._told.append(letter.message)
            else:
                self._notice_silence(self.speeches[letter.req_id], letter.at)
        return messages

    def reconnected(self, now: float) -> None:
        """Tell again what the last three drives have done."""
        last = [*dict.fromkeys(status.req_id for status in self._told)][-3:]
        for status in [status for status in self._told if status.req_id in last]:
            self._put(now + 0.05, status.req_id, status)

    def send(self, req_id: str, command: Command, now: float) -> None:
        self._now = now
        match command:
            case SendText(text=""):
                self._stop_text(req_id, now)
            case SendText():
                self._text(req_id, command.text, now)
            case StreamText() | SendAudio():
                self._packet(req_id, command, now)
            case _:
                raise AssertionError

    def _text(self, req_id: str, text: str, now: float) -> None:
        for speech in self.speeches.values():
            if speech.over_at > now:
                self._over(speech, now + 0.05)
        speech = self.speeches[req_id] = Speech(req_id, "text", final=True)
        self._tell(speech, "TextStart", 0, now + 0.1)
        self._over(speech, now + 0.2 + len(text) * 0.05, keep=True)

    def _stop_text(self, req_id: str, now: float) -> None:
        running = [speech for speech in self.speeches.values() if speech.over_at > now and speech.kind == "text"]
        if not running:
            self._refuse(req_id, 110015, now)
        for speech in running:
            self._over(speech, now + 0.05)

    def _packet(self, req_id: str, packet: StreamText | SendAudio, now: float) -> None:
        speech = self.speeches.get(req_id)
        if speech is None:
            if packet.seq != 1 or self.speaking:
                self._refuse(req_id, 100001 if packet.seq != 1 else 110015, now)
                return
            kind = "audio" if isinstance(packet, SendAudio) else "stream"
            speech = self.speeches[req_id] = Speech(req_id, kind, spoken_at=now + 0.1)
            self._tell(speech, "AudioStart" if kind == "audio" else "TextStart", 0, now + 0.1)
        stops = isinstance(packet, StreamText) and packet.interrupt
        over = speech.over_at <= now
        if over or packet.seq != speech.seq + 1 or (speech.final and not stops):
            self._refuse(req_id, 110015 if over else 100001, now)
            return
        speech.seq, speech.last_at = packet.seq, now
        if stops:
            self._over(speech, now + 0.05)
            return
        self._speak(speech, packet, now)
        if packet.is_final:
            speech.final = True
            self._over(speech, max(now, speech.spoken_at) + 0.05, final_type=1, keep=True)
        elif speech.kind == "audio" or not self._clauses:
            self._put(now + CLOSES_S, req_id, None)

    def _speak(self, speech: Speech, packet: StreamText | SendAudio, now: float) -> None:
        begins = max(now, speech.spoken_at)
        if isinstance(packet, SendAudio):
            speech.spoken_at = begins + len(packet.audio) / 32000
            return
        if not packet.text:
            return
        speech.spoken_at = begins + 0.1 + len(packet.text) * 0.05
        seq = packet.seq if self._clauses else self._random.randint(1, 9)
        self._tell(speech, "SentenceStart", seq, begins)
        self._tell(speech, "SentenceNext", seq, begins + 0.02)
        self._tell(speech, "SentenceOver", seq, speech.spoken_at)

    def _notice_silence(self, speech: Speech, now: float) -> None:
        if speech.over_at > now and not speech.final and now >= speech.last_at + CLOSES_S:
            self._over(speech, now + 0.01, final_type=2)

    def _over(self, speech: Speech, at: float, final_type: int | None = None, *, keep: bool = False) -> None:
        """Tell the end; whatever is on its way is dropped unless it is to be kept."""
        if not keep:
            self._post = [letter for letter in self._post if letter.req_id != speech.req_id]
        speech.over_at = at
        self._tell(speech, "AudioOver" if speech.kind == "audio" else "TextOver", 0, at, final_type)

    def _tell(self, speech: Speech, what: str, seq: int, at: float, final_type: int | None = None) -> None:
        if self.mood == "failing" and self._random.random() < 0.2:
            what, speech.over_at = "Error", min(at, speech.over_at)
        status = DriveStatus(req_id=speech.req_id, speak_status=what, seq=seq, final_type=final_type)
        if self.mood == "silent":
            return
        if self.mood == "late":
            at += self._random.choice([0.3, 2.0, 9.0])
        elif self.mood == "scrambled":
            at += self._random.choice([0.0, 0.2, 1.0])
        self._put(at, speech.req_id, status)

    def _refuse(self, req_id: str, code: int, now: float) -> None:
        if self.mood != "silent":
            self._put(now + 0.05, req_id, DriveError(req_id=req_id, code=code, message="no"))

    def _put(self, at: float, req_id: str, message: MESSAGE | None) -> None:
        self._count += 1
        self._post.append(Letter(at, self._count, req_id, message))
