"""A drive of SEND_STREAMTEXT packets. Pure.

In clause mode the next clause goes out on SentenceNext, or when the one before must have been spoken if that does not
come; without, fragments go out as they come. Manual: "Streaming Text-driven Instructions".
"""

from collections.abc import Iterator

from bridge.session.drives.common import DOUBT_S, SILENCE_S, Drive, Line
from bridge.session.drives.effects import Effect, Send
from bridge.session.utterance import Utterance
from bridge.wire.commands import StreamText
from bridge.wire.events import DriveStatus

MAX_STOPS = 4
"""With how many numbers an interrupt is tried when nobody knows which packets have arrived."""


class StreamDrive(Drive):
    """Carries the texts that wait in the utterance, one packet each; a packet's Seq is its clause's number."""

    command = "stream"
    start = "TextStart"
    over = "TextOver"

    def __init__(self, line: Line, utterance: Utterance) -> None:
        super().__init__(line, utterance)
        self._clauses = line.clauses
        self.closed_by_cloud = frozenset({2}) if line.clauses else frozenset({None, 2})
        self._may_send = True
        self._next_at: float | None = None
        self._doubt_until: float | None = None
        self._last_at = 0.0
        self._arrived = 0
        self._stops: list[int] = []

    def pump(self, now: float) -> list[Effect]:
        """Send what waits, and the end of it."""
        utterance = self.utterance
        effects: list[Effect] = []
        if self._doubt_until is not None:
            return effects
        if self._is_silent(now):
            return self._close(now)
        while utterance.waiting and self._may_send and not self.final_sent:
            effects += self._say(utterance.waiting.popleft(), now)
        if self.seq and utterance.complete and not utterance.waiting and not self.final_sent:
            effects += self._close(now)
        return effects

    def hear(self, status: DriveStatus, now: float) -> list[Effect]:
        """Take a status of the drive or of one of its clauses."""
        effects: list[Effect] = []
        if status.speak_status in {self.start, "SentenceStart"}:
            effects += self.begin()
            self._believe(1)
        if not self._clauses or not 0 <= status.seq <= self.seq:
            return effects
        match status.speak_status:
            case "SentenceStart":
                effects += self._clause_began(status.seq, now)
            case "SentenceNext" if status.seq in {0, self.seq}:
                self._may_send = True
                self._believe(self.seq)
            case "SentenceOver":
                self._believe(status.seq)
                if self._doubt_until is not None and status.seq == self.seq - 1:
                    self._doubt_until = min(self._doubt_until, now + DOUBT_S)
                effects += self.spoken(self.base + status.seq, now)
            case _:
                pass
        return effects

    def tick(self, now: float) -> list[Effect]:
        """Repeat what was lost with the channel; go on when a clause must have been spoken."""
        effects: list[Effect] = []
        if self._doubt_until is not None and now >= self._doubt_until:
            effects += self._repeat(now)
        if self._next_at is not None and now >= self._next_at:
            self._next_at = None
            # Where clauses are told of, one that has not begun is waited for, however long it takes.
            self._may_send = self._may_send or not self._is_unheard_of
        return effects

    def stop(self, now: float) -> list[Effect]:
        """Send an empty packet that interrupts, which is legal after the final one, too."""
        self.stop_sent = True
        self._next_at = self._doubt_until = None
        last = self.seq + 1
        # A packet that was lost leaves a gap, and a strict cloud refuses what comes after a gap.
        least = max(self._arrived + 1, last + 1 - MAX_STOPS) if self.shaken else last
        self._stops = list(range(last, least - 1, -1))
        return self.retry_stop()

    def retry_stop(self) -> list[Effect]:
        """Interrupt with the next lower number that may be the right one."""
        while self._stops:
            seq = self._stops.pop(0)
            if seq > self._arrived:
                stop = StreamText(text="", seq=seq, is_final=True, interrupt=True, is_sentence=self._clauses)
                return [Send(self.req_id, stop)]
        return []

    def reconnected(self, now: float) -> list[Effect]:
        """Wait for a sign that the last packets have arrived; without clauses close what can only go on with a gap."""
        self.shaken = True
        if self._clauses:
            self._doubt(now)
        elif not self.started:
            self._doubt_until = now + DOUBT_S
        elif not self.final_sent:
            return self._close(now)
        return []

    def left_s(self, now: float) -> float | None:
        """Return the estimate of what is not known to be spoken; a stream that waits for its source owes nothing."""
        if self.started and not self.final_sent and not self._is_unheard_of:
            return None
        numbers = range(self.base + 1, self.base + self.seq + 1)
        texts = [self.utterance.sent.get(number, "") for number in numbers if number not in self.utterance.spoken]
        return sum(self.line.rate.seconds(text) for text in texts if text)

    def deadlines(self) -> Iterator[float | None]:
        """Yield when the next clause is due, the last packet is to be repeated, or the source was silent too long."""
        yield self.stop_at()
        if not self.stopping:
            yield self._next_at
            yield self._doubt_until
            yield self._silent_at

    @property
    def _is_unheard_of(self) -> bool:
        """Whether the last packet is a clause of whose beginning this cloud would tell, and has not."""
        number = self.base + self.seq
        utterance = self.utterance
        told = self._clauses and self.line.tells_clauses
        return told and number in utterance.sent and number not in utterance.started_at

    @property
    def _silent_at(self) -> float | None:
        """When the drive is to be closed because nothing more came."""
        if self._clauses or not self.seq or self.final_sent or self._doubt_until is not None:
            return None
        return self._last_at + SILENCE_S

    def _is_silent(self, now: float) -> bool:
        return self._silent_at is not None and now >= self._silent_at

    def _say(self, text: str, now: float) -> list[Effect]:
        self.seq += 1
        self.final_sent = self.utterance.complete and not self.utterance.waiting
        self.utterance.sent[self.base + self.seq] = text
        self._last_at = now
        if self._clauses:
            self._may_send = False
            spoken_at = max(now, self._next_at or now) + self.line.rate.seconds(text)
            self._next_at = None if self.final_sent else spoken_at
        return [self._packet(self.seq)]

    def _repeat(self, now: float) -> list[Effect]:
        """Send again what has perhaps not arrived; the next clause waits as if this were the first time."""
        self._doubt_until = None
        unsure = range(self._arrived + 1, self.seq + 1)
        self.pardons += len(unsure)
        self._last_at = now
        self._wait_for(self.seq, now)
        return [self._packet(seq) for seq in unsure]

    def _wait_for(self, seq: int, now: float) -> None:
        """Let the next clause wait until `seq` must have been spoken, beginning now."""
        if self._clauses and not self.final_sent:
            self._may_send = False
            self._next_at = now + self.line.rate.seconds(self.utterance.sent.get(self.base + seq, ""))

    def _close(self, now: float) -> list[Effect]:
        self.seq += 1
        self.final_sent = True
        self._last_at = now
        self._next_at = None
        return [self._packet(self.seq)]

    def _packet(self, seq: int) -> Send:
        """Return a packet, for the first time or once more."""
        text = self.utterance.sent.get(self.base + seq, "")
        is_final = self.final_sent and seq == self.seq
        return Send(self.req_id, StreamText(text=text, seq=seq, is_final=is_final, is_sentence=self._clauses))

    def _clause_began(self, seq: int, now: float) -> list[Effect]:
        self.line.tells_clauses = True
        self._believe(seq)
        if seq == self.seq and not self._may_send:
            self._wait_for(seq, now)
        return self.begun(self.base + seq, now)

    def _believe(self, seq: int) -> None:
        """Take note that the packets up to `seq` have arrived."""
        self._arrived = max(self._arrived, seq)
        if self._arrived >= self.seq:
            self._doubt_until = None

    def _doubt(self, now: float) -> None:
        """Give the cloud time to show that the last packet before the channel broke has arrived; then it is repeated.

        It shows by beginning with it, which it does when the clause before has been spoken.
        """
        utterance, number = self.utterance, self.base + self.seq
        begun = number in utterance.started_at
        if begun or not (self.line.tells_clauses or (self.seq == 1 and not self.started)):
            return
        before = utterance.sent.get(number - 1) if self.seq > 1 else None
        being_said = before is not None and number - 1 not in utterance.spoken
        wait = 2 * self.line.rate.seconds(before) if before and being_said else 0.0
        self._doubt_until = now + DOUBT_S + wait
