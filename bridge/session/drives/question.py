"""A drive of one SEND_TEXT that is a question to the cloud's own bot. Pure.

The bot's answer comes as downlink messages and is spoken by the cloud itself. Manual: "Text-driven Instructions"
(ChatCommand, ChatRoundId, CloudAiVisitorBizId), "Long Link Downstream Message" (types 2 and 4; 1 and 5 are newer).
"""

from collections.abc import Iterator

from msgspec import UNSET

from bridge.session.drives.common import Line
from bridge.session.drives.effects import Answered, Effect
from bridge.session.drives.text import TextDrive
from bridge.session.utterance import Utterance
from bridge.wire.commands import SendText
from bridge.wire.events import Broadcast, DriveStatus, ModelContent, Passed
from dialog.segment import Segmenter

ANSWER_S = 2.5
"""Twice this and 5 s more may pass between two signs of a bot that has not begun to speak."""
SHOWN_ONLY = frozenset({"image", "4", "hyperlink", "5"})
"""ContentTypes whose Text is an address, as words and as the numbers of newer pages."""


class QuestionDrive(TextDrive):
    """Asks the question that waits in the utterance; what the bot says becomes the utterance's clauses.

    A clause's beginning and end are told by the cloud, or else estimated from the rate of its voice.
    """

    def __init__(self, line: Line, utterance: Utterance) -> None:
        super().__init__(line, utterance)
        question = utterance.take_question()
        self._text = question.text
        self._visitor = question.visitor
        self._round = line.new_req_id()
        self._arrived = False
        self._clauses: dict[int, int] = {}
        """The utterance's clause by the Seq of the message that brought it."""
        self._told = False
        self._running = 0
        self._next_at: float | None = None
        self.answered = False
        self.is_shown_only = False

    @property
    def is_unanswered(self) -> bool:
        """Whether the bot has not said a word of an answer."""
        return not (self.answered or self.started)

    def pump(self, now: float) -> list[Effect]:
        """Ask, once."""
        if self.final_sent or now < self.line.text_at:
            return []
        self.seq, self.final_sent = 1, True
        return self._send(now)

    def command_to_send(self, *, force: bool) -> SendText:
        """Return the question: without ChatCommand the bot answers it."""
        return SendText(
            text=self._text,
            chat_command=UNSET,
            chat_round_id=self._round,
            cloud_ai_visitor_biz_id=self._visitor or UNSET,
            interrupt=True if force else UNSET,
        )

    def answer(self, message: Passed, now: float) -> list[Effect]:
        """Take what the bot says: types 2 and 4 are its answer, any other shows that it was asked."""
        self._arrived, self._doubt_until = True, None
        if not isinstance(message, Broadcast | ModelContent):
            return []
        self.answered = True
        self.line.guarded = self.line.guarded or message.uninterrupt
        spoken = not isinstance(message, ModelContent) or message.tts_support is not False
        effects: list[Effect] = []
        if not self.silenced:
            for clause in _clauses(message):
                effects += self._take(clause, message.seq, now, spoken=spoken)
        ends = isinstance(message, ModelContent) and message.final
        self.is_shown_only = ends and not self.started and len(self.utterance.sent) == self.base
        return effects

    def hear(self, status: DriveStatus, now: float) -> list[Effect]:
        """Take a status of the answer or of one of its clauses."""
        self._arrived, self._doubt_until = True, None
        match status.speak_status:
            case self.start:
                effects = self.begin()
                return effects if self._running else effects + self._go_on(now)
            case "SentenceStart" if status.seq in self._clauses:
                self._told, self._next_at = True, None
                number = self._clauses[status.seq]
                effects = self.begin()
                return (
                    effects if number <= self._running else effects + self._over(number - 1) + self._start(number, now)
                )
            case "SentenceOver" if self._clauses.get(status.seq) == self._running:
                self._told, self._next_at = True, None
                return self._over(self._running)
            case _:
                return []

    def tick(self, now: float) -> list[Effect]:
        """Ask again what was lost with the channel; go on to the next clause when this one must have been spoken."""
        effects = super().tick(now)
        if self._next_at is not None and now >= self._next_at:
            effects += self._go_on(now)
        return effects

    def finish(self, now: float) -> list[Effect]:
        """Take note that the answer was spoken."""
        self.line.guarded = False
        effects = self._over(self._running)
        self._count(self.base + len(self._own))
        return effects

    def unsay(self) -> None:
        """Take note that the answer was only there to be read."""
        for number in self._own:
            del self.utterance.sent[number]

    def reconnected(self, now: float) -> list[Effect]:
        """Wait for a sign that the question has arrived, unless there was one before."""
        return [] if self._arrived else super().reconnected(now)

    def left_s(self, now: float) -> float | None:
        """Return how long the bot may take for its next sign, or the estimate of what it has still to say."""
        if not self.started:
            return ANSWER_S
        unspoken = [text for number, text in self._own.items() if number not in self.utterance.spoken]
        return ANSWER_S + sum(map(self.line.rate.seconds, unspoken))

    def deadlines(self) -> Iterator[float | None]:
        """Yield when the question is to be sent or repeated, its answer to be stopped, or the next clause begins."""
        yield from super().deadlines()
        yield self._next_at if self._running + 1 in self._own else None

    @property
    def _own(self) -> dict[int, str]:
        """What the bot has said so far, by clause."""
        return {number: text for number, text in self.utterance.sent.items() if number > self.base}

    def _take(self, clause: str, seq: int, now: float, *, spoken: bool) -> list[Effect]:
        utterance = self.utterance
        effects: list[Effect] = [Answered(utterance.utterance_id, clause, spoken)]
        if spoken:
            number = len(utterance.sent) + 1
            utterance.sent[number] = clause
            if seq:
                self._clauses[seq] = number
            if self.started and (not self._running or (self._next_at is not None and now >= self._next_at)):
                effects += self._go_on(now)
        return effects

    def _go_on(self, now: float) -> list[Effect]:
        """Begin the next clause, if it is known and the cloud does not tell of clauses."""
        number = max(self._running, self.base) + 1
        if number not in self._own or self._told:
            return []
        return self._over(self._running) + self._start(number, now)

    def _jump(self, number: int, now: float) -> list[Effect]:
        """Begin a clause of which the cloud tells, and count those before it as spoken."""
        return [] if number <= self._running else self._over(number - 1) + self._start(number, now)

    def _start(self, number: int, now: float) -> list[Effect]:
        self._running = number
        self._next_at = None if self._told else now + self.line.rate.seconds(self.utterance.sent[number])
        return self.begun(number, now)

    def _over(self, number: int) -> list[Effect]:
        """Take note that the clauses up to `number` were spoken, and tell it of the running one."""
        is_news = number == self._running and number in self._own and number not in self.utterance.spoken
        self._count(number)
        return self.sentence(number, "ended") if is_news else []

    def _count(self, last: int) -> None:
        if not self.silenced:
            self.utterance.spoken.update(number for number in self._own if number <= last)


def _clauses(message: Broadcast | ModelContent) -> list[str]:
    """Return the words of an answer as they are shown; the cloud counts the clauses of a model by itself."""
    text = message.text_display or message.text
    if isinstance(message, ModelContent):
        shown_only = message.tts_support is False and message.content_type.lower() in SHOWN_ONLY
        return [text] if text and not shown_only else []
    segmenter = Segmenter()
    return [*segmenter.feed(text), *segmenter.finish()]
