"""One answer that a voice model speaks: its sound goes to the cloud, its words are told where they are in it."""

from contextlib import suppress
from itertools import accumulate

from audio.convert import PcmConverter
from audio.pcm import HOUSE_RATE
from bridge.errors import BridgeError, DialogFailed
from bridge.session.captions import Caption
from bridge.session.estimate import SpeechRate
from bridge.session.events import Problem
from bridge.session.session import Session
from bridge.talk.mouth import Mouth
from bridge.talk.own_speech import VOICE
from bridge.talk.voice_feed import VoiceFeed
from bridge.talk.voice_file import FilePace

SILENT = Problem(DialogFailed.code, "the voice model gave no sound; ask again", DialogFailed.retryable)


class ModelSpeech:
    """Takes the sound of an utterance, and clauses of what is said in it.

    A model does not tell where in its sound a word is. Clauses are put where they would be at the `rate` of its last
    answers, and by their share of the whole as soon as that is known. Clauses of an answer without sound are said by
    `other` after it has ended.
    """

    failed = False
    waiting = 0

    def __init__(self, session: Session, utterance_id: str, lead_ms: int, rate: SpeechRate, other: Mouth) -> None:
        self._session = session
        self._utterance_id = utterance_id
        self._other = other
        self._rate = rate
        self._converter = PcmConverter(VOICE)
        self._pace = FilePace(lead_ms, fills=True)
        self._feed = VoiceFeed(session, utterance_id, self._pace)
        self._clauses: list[str] = []
        self._complete = False

    def sound(self, pcm: bytes) -> None:
        """Take the next sound, as in `VOICE`; it waits here, all of it, until it may be sent."""
        if not self._complete and not self._feed.is_over:
            self._feed.receive(self._converter.push(pcm))

    def push(self, clause: str, *, last: bool) -> None:
        """Take the next clause of what is said, the `last` one perhaps."""
        if self._complete:
            return
        self._clauses.append(clause)
        self._arrange()
        if last:
            self.finish(None)

    def finish(self, problem: Problem | None) -> None:
        """Take note that neither sound nor words follow, and why if that is not as it should be."""
        if self._complete:
            return
        self._feed.receive(self._converter.flush())
        self._complete = True
        self._arrange()
        if self._pace.samples:
            self._rate.learn("".join(self._clauses), self._pace.samples / HOUSE_RATE)
        self._feed.end(problem or (None if self._pace.samples else SILENT))

    def seconds(self, number: int) -> float | None:
        """Return how long a clause is, as far as that is known."""
        lengths = self._lengths()
        return lengths[number - 1] if number <= len(lengths) else None

    async def run(self) -> None:
        """Speak until all is said or no more is wanted."""
        await self._feed.run()
        outcome = await self._session.wait(self._utterance_id, "ended")
        if self._pace.samples or not self._clauses or outcome.status != "failed":
            return
        with suppress(BridgeError):  # the session has ended meanwhile, or has much else to say
            self._other.push(self._other.open(), "".join(self._clauses), last=True)

    def _lengths(self) -> list[float]:
        usual = [self._rate.seconds(clause) for clause in self._clauses]
        if not self._complete:
            return usual
        share = self._pace.samples / HOUSE_RATE / max(sum(usual), 0.001)
        return [seconds * share for seconds in usual]

    def _arrange(self) -> None:
        """Say where each clause is."""
        if not self._pace.samples:
            return
        places = [0, *(round(at * HOUSE_RATE) for at in accumulate(self._lengths()))]
        captions: list[Caption] = []
        for number, clause in enumerate(self._clauses, 1):
            captions.append(Caption(number, clause, "started", places[number - 1]))
            if self._complete or number < len(self._clauses):
                end = min(places[number], self._pace.samples) if self._complete else places[number]
                captions.append(Caption(number, clause, "ended", end))
        self._session.arrange(self._utterance_id, captions)
