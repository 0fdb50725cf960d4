"""A naive reading of the manual's drive rules: it watches what is sent and what the cloud says, and judges.

It shares nothing with the bridge but the command's fields. What belongs to whom it reads from the words and the sound:
every text begins with the number of its utterance, and so does every frame.
"""

from dataclasses import dataclass, field

from bridge.wire.commands import Command, SendAudio, SendText, StreamText

TEXT_GAP_S = 1.0
STOPPED_S = 3.0
ANSWER_S = 30.0
CLOUD_CLOSES_S = 2.0
BEATS_S = 0.115
TINY = 1e-6


@dataclass
class Carried:
    """One ReqId, as it looks from outside."""

    req_id: str
    kind: str
    owner: str
    clauses: bool = False
    packets: dict[int, Command] = field(default_factory=dict[int, Command])
    last_at: float = 0.0
    began_at: float = 0.0
    started: bool = False
    told: set[int] = field(default_factory=set[int])
    final: bool = False
    stops: list[int] = field(default_factory=list[int])
    stopped_at: float | None = None
    replaced: bool = False
    over: bool = False
    repeats_from: float | None = None
    given_up: bool = False
    asked: int = 0
    asked_at: float | None = None

    @property
    def last(self) -> int:
        return max(self.packets, default=0)


class Judge:
    """Call it with everything that happens, in order; it raises AssertionError at the first breach."""

    def __init__(self, *, clauses: bool) -> None:
        self.clauses = clauses
        self.up = False
        self.carried: dict[str, Carried] = {}
        self.running: Carried | None = None
        self.text_at = -100.0
        self.silenced: dict[str, float] = {}
        self.ends: dict[str, str] = {}

    # What happens around it.

    def channel(self, *, up: bool, now: float) -> None:
        self.up = up
        if up and self.running is not None:
            self.running.repeats_from = now

    def interrupted(self, owner: str, now: float) -> None:
        self.silenced.setdefault(owner, now)

    def status(self, req_id: str, status: str, seq: int, now: float) -> None:
        drive = self.carried.get(req_id)
        if drive is None:
            return
        if status in {"TextStart", "SentenceStart", "AudioStart"}:
            drive.started = True
        if status.startswith("Sentence") and drive.kind == "stream" and self.clauses:
            drive.told.add(seq)
        elif drive.started:
            drive.told.add(1)
        drive.asked = 0
        drive.asked_at = None
        if status in {"Error", "AudioOver" if drive.kind == "audio" else "TextOver"}:
            drive.over = True

    def refused(self, req_id: str) -> None:
        drive = self.carried.get(req_id)
        if drive is None:
            return
        if not drive.started and drive.last <= 1 and drive.repeats_from is None:
            drive.given_up = True

    def asks(self, now: float) -> None:
        if self.running is not None:
            self.running.asked_at = now

    def cloud_said(self, *, speaking: bool) -> None:
        """Statsession's answer is that the avatar is speaking, or is silent."""
        drive = self.running
        if drive is None or drive.asked_at is None:
            return
        drive.asked += 1
        drive.asked_at = None
        if not speaking or drive.asked >= 3:
            drive.given_up = True

    def ended(self, owner: str, status: str, now: float) -> None:
        assert owner not in self.ends, f"{owner} ended twice"
        self.ends[owner] = status
        self.silenced.setdefault(owner, now)

    # What is sent.

    def sent(self, req_id: str, command: Command, now: float) -> None:
        assert self.up, "sent without a channel"
        match command:
            case SendText():
                self._text(req_id, command, now)
            case StreamText():
                self._stream(req_id, command, now)
            case SendAudio():
                self._audio(req_id, command, now)
            case _:
                raise AssertionError("a drive sends no such thing")

    def _text(self, req_id: str, command: SendText, now: float) -> None:
        assert now - self.text_at > TEXT_GAP_S, f"two SEND_TEXTs within {now - self.text_at} s"
        self.text_at = now
        assert command.chat_command == "NotUseChat"
        assert len(command.text.encode()) <= 4000
        running = self.running
        if not command.text:
            assert command.interrupt is True
            assert req_id not in self.carried, "a stop needs an id of its own"
            assert running is not None
            assert running.kind == "text"
            assert not running.over
            silenced = self.silenced[running.owner]
            assert running.started or now - max(silenced, running.began_at) >= STOPPED_S - TINY, (
                "stopped before TextStart"
            )
            running.stopped_at = now if running.stopped_at is None else running.stopped_at
            return
        assert not command.interrupt
        owner = _owner_of_text(command.text)
        if req_id in self.carried:
            drive = self.carried[req_id]
            assert drive is running
            assert drive.packets == {1: command}, "a ReqId was used for two texts"
            self._may_repeat(drive, 1)
            return
        over_text = running is not None and running.kind == "text" and running.owner in self.silenced
        if over_text and running is not None:
            running.replaced = True
        self._begin(req_id, "text", owner, now).packets[1] = command

    def _stream(self, req_id: str, command: StreamText, now: float) -> None:
        assert command.is_sentence == self.clauses
        assert len(command.text.encode()) <= 1000
        drive = self.carried.get(req_id)
        if drive is None:
            assert command.text, "a drive that begins with nothing"
            drive = self._begin(req_id, "stream", _owner_of_text(command.text), now)
        assert drive is self.running
        assert not drive.over, "a packet after the Over"
        if command.interrupt:
            assert command.is_final
            assert not command.text
            assert drive.owner in self.silenced
            if drive.repeats_from is None:
                assert command.seq == drive.last + 1, "an interrupt with a gap before it"
            assert max(drive.told, default=0) < command.seq <= drive.last + 1
            drive.stopped_at = now if drive.stopped_at is None else drive.stopped_at
            drive.stops.append(command.seq)
            return
        assert drive.stopped_at is None, "a packet after the interrupt"
        assert drive.owner not in self.silenced, "words of an utterance that was interrupted"
        if command.seq in drive.packets:
            assert drive.packets[command.seq] == command, "another packet with a number that was used"
            self._may_repeat(drive, command.seq)
        else:
            assert not drive.final, "a packet after the final one"
            assert command.seq == drive.last + 1, f"Seq {command.seq} after {drive.last}"
            if not self.clauses and drive.packets and command.text and drive.repeats_from is None:
                assert now - drive.last_at < CLOUD_CLOSES_S, "a fragment after the cloud has closed the drive"
            if self.clauses and drive.packets and command.text:
                assert now > drive.last_at or drive.told & {drive.last, 0}, "clauses at once, without being asked"
            drive.packets[command.seq] = command
            drive.final = command.is_final
        drive.last_at = now

    def _audio(self, req_id: str, command: SendAudio, now: float) -> None:
        drive = self.carried.get(req_id)
        if drive is None:
            assert command.audio, "a drive that begins with nothing"
            drive = self._begin(req_id, "audio", _owner_of_frame(command.audio), now)
        assert drive is self.running
        assert not drive.over, "a frame after the Over"
        assert not drive.final, "a frame after the final one"
        assert command.seq == drive.last + 1, f"Seq {command.seq} after {drive.last}"
        frames = [packet for packet in drive.packets.values() if isinstance(packet, SendAudio)]
        if command.audio:
            assert drive.owner not in self.silenced, "sound of an utterance that was interrupted"
            assert drive.repeats_from is None, "sound with a gap in it"
            assert not command.is_final
            assert all(len(frame.audio) == 5120 for frame in frames), "a short frame in the middle"
            if frames:
                assert BEATS_S - TINY <= now - drive.last_at < CLOUD_CLOSES_S, f"a frame after {now - drive.last_at} s"
            drive.last_at = now
        else:
            assert command.is_final
            drive.final = True
            if drive.owner in self.silenced:
                drive.stopped_at = now if drive.stopped_at is None else drive.stopped_at
        drive.packets[command.seq] = command

    def _begin(self, req_id: str, kind: str, owner: str, now: float) -> Carried:
        assert owner not in self.silenced, f"{owner} is over, and speaks"
        running = self.running
        if running is not None:
            free = running.over or running.replaced or running.given_up or self._is_given_up(running, now)
            assert free, f"{kind} while {running.kind} {running.req_id} is not over"
        drive = self.running = self.carried[req_id] = Carried(req_id, kind, owner, began_at=now, last_at=now)
        return drive

    def _is_given_up(self, drive: Carried, now: float) -> bool:
        """Whether the drive was stopped long ago, or can be neither stopped nor heard of."""
        if drive.asked_at is not None and now - drive.asked_at >= ANSWER_S - TINY:
            return True
        if drive.stopped_at is not None:
            return now - drive.stopped_at >= STOPPED_S - TINY
        return drive.final and drive.owner in self.silenced and now - self.silenced[drive.owner] >= STOPPED_S - TINY

    def _may_repeat(self, drive: Carried, seq: int) -> None:
        assert drive.repeats_from is not None, "repeated without a reconnect"
        assert seq > max(drive.told, default=0), "repeated what has arrived"

    def said(self, owner: str) -> str:
        """Return the words that were sent for an utterance, repetitions left out."""
        drives = [drive for drive in self.carried.values() if drive.owner == owner]
        packets = [packet for drive in drives for _, packet in sorted(drive.packets.items())]
        return "".join(packet.text for packet in packets if isinstance(packet, SendText | StreamText))

    def played(self, owner: str) -> list[bytes]:
        """Return the frames that were sent for an utterance."""
        drives = [drive for drive in self.carried.values() if drive.owner == owner]
        packets = [packet for drive in drives for packet in drive.packets.values()]
        return [packet.audio for packet in packets if isinstance(packet, SendAudio) and packet.audio]


def _owner_of_text(text: str) -> str:
    return text.partition(":")[0]


def _owner_of_frame(frame: bytes) -> str:
    return f"u{int.from_bytes(frame[:2], 'little')}"
