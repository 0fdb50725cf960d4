"""The drives of a session on a stage: everything they do is kept, and put into the terms of a test."""

from itertools import count

from bridge.session.drives import Answered, AskCloud, Drives, Effect, Emit, Send, Unanswered
from bridge.session.drives.machine import TextCommand
from bridge.session.events import SentenceChanged, UtteranceChanged, UtteranceKind
from bridge.session.utterance import Question
from bridge.wire.commands import SendAudio, SendText, StreamText
from bridge.wire.events import DriveError, DriveStatus, Passed

FRAME = b"\1\0" * 2560


class Stage:
    """Drives on an open channel, whose drives are r1, r2, …"""

    def __init__(self, command: TextCommand = "stream", *, clauses: bool = True, burst: int = 0) -> None:
        numbers = count(1)
        self.drives = Drives(lambda: f"r{next(numbers)}", command, clauses=clauses, burst=burst)
        self.effects: list[Effect] = []
        self.do(self.drives.channel(up=True, now=0.0))

    def do(self, effects: list[Effect]) -> list[Effect]:
        self.effects += effects
        return effects

    def open(self, name: str, kind: UtteranceKind, now: float = 0.0, *, interrupt: bool = False) -> None:
        self.do(self.drives.open(name, kind, now, interrupt=interrupt))

    def say(self, name: str, *clauses: str, now: float = 0.0, interrupt: bool = False) -> None:
        """Have a whole text said."""
        self.open(name, "text", now, interrupt=interrupt)
        for number, clause in enumerate(clauses, 1):
            self.push(name, clause, now, last=number == len(clauses))
        self.finish(name, now)

    def push(self, name: str, clause: str, now: float, *, last: bool = False) -> list[Effect]:
        return self.do(self.drives.push(name, clause, now, last=last))

    def play(self, name: str, now: float, frame: bytes = FRAME) -> list[Effect]:
        return self.do(self.drives.audio(name, frame, now))

    def finish(self, name: str, now: float) -> list[Effect]:
        return self.do(self.drives.finish(name, None, now))

    def ask(self, name: str, question: str, now: float = 0.0, *, visitor: str = "") -> list[Effect]:
        """Have the cloud's own bot asked, in place of whatever is being said."""
        self.open(name, "text", now, interrupt=True)
        return self.do(self.drives.ask(name, Question(question, visitor), now))

    def tell(self, message: Passed, now: float) -> list[Effect]:
        return self.do(self.drives.told(message, now))

    def interrupt(self, now: float) -> list[Effect]:
        return self.do(self.drives.interrupt("all", "button", now)[1])

    def hear(
        self, req_id: str, status: str, seq: int = 0, now: float = 1.0, final_type: int | None = None
    ) -> list[Effect]:
        told = DriveStatus(req_id=req_id, speak_status=status, seq=seq, final_type=final_type)
        return self.do(self.drives.receive(told, now))

    def refuse(self, req_id: str, now: float, code: int = 100001) -> list[Effect]:
        return self.do(self.drives.refused(DriveError(req_id=req_id, code=code, message="no"), now))

    def tick(self, now: float) -> list[Effect]:
        return self.do(self.drives.tick(now))

    def reconnect(self, lost_at: float, back_at: float) -> None:
        self.do(self.drives.channel(up=False, now=lost_at))
        self.do(self.drives.channel(up=True, now=back_at))

    @property
    def packets(self) -> list[tuple[str, str, int, bool, bool]]:
        """SEND_STREAMTEXT: ReqId, text, Seq, IsFinal, Interrupt."""
        sends = [(send.req_id, send.command) for send in self.effects if isinstance(send, Send)]
        return [(r, c.text, c.seq, c.is_final, c.interrupt) for r, c in sends if isinstance(c, StreamText)]

    @property
    def texts(self) -> list[tuple[str, str, bool]]:
        """SEND_TEXT: ReqId, text, Interrupt."""
        sends = [(send.req_id, send.command) for send in self.effects if isinstance(send, Send)]
        return [(r, c.text, c.interrupt is True) for r, c in sends if isinstance(c, SendText)]

    @property
    def commands(self) -> list[SendText]:
        return [send.command for send in self.effects if isinstance(send, Send) and isinstance(send.command, SendText)]

    @property
    def answers(self) -> list[tuple[str, bool]]:
        """What the cloud's bot said: the words, and whether they are spoken."""
        return [(effect.text, effect.spoken) for effect in self.effects if isinstance(effect, Answered)]

    @property
    def unanswered(self) -> list[str]:
        return [effect.problem.code for effect in self.effects if isinstance(effect, Unanswered)]

    @property
    def frames(self) -> list[tuple[str, int, int, bool]]:
        """SEND_AUDIO: ReqId, bytes, Seq, IsFinal."""
        sends = [(send.req_id, send.command) for send in self.effects if isinstance(send, Send)]
        return [(r, len(c.audio), c.seq, c.is_final) for r, c in sends if isinstance(c, SendAudio)]

    @property
    def asked(self) -> int:
        return self.effects.count(AskCloud())

    @property
    def sentences(self) -> list[tuple[int, str, str]]:
        events = [effect.event for effect in self.effects if isinstance(effect, Emit)]
        return [(e.seq, e.text, e.status) for e in events if isinstance(e, SentenceChanged)]

    def statuses(self, name: str) -> list[str]:
        return [event.status for event in self.changes(name)]

    def changes(self, name: str) -> list[UtteranceChanged]:
        events = [effect.event for effect in self.effects if isinstance(effect, Emit)]
        return [e for e in events if isinstance(e, UtteranceChanged) and e.utterance_id == name]
