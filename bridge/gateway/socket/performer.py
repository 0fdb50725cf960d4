"""Does what one client of the WebSocket asks for, as far as it may."""

import time
from collections.abc import Callable
from functools import partial

from bridge.errors import FloorTaken, QueueFull
from bridge.gateway.access import Caller
from bridge.gateway.models import MAX_SAY
from bridge.gateway.socket.messages import (
    Ack,
    AudioEnd,
    AudioProgress,
    AudioStart,
    Chat,
    Interrupt,
    Media,
    Reply,
    Say,
    SayDelta,
    SayEnd,
    SayStart,
)
from bridge.talk.conversation import Conversation
from bridge.talk.media import MediaReport
from bridge.talk.source import TextSource
from bridge.talk.voice import OnWire, VoiceFormat, VoiceSink

Wish = Say | SayStart | SayDelta | SayEnd | Chat | AudioStart | AudioEnd | Interrupt | Media


class Performer:
    """Holds what the client has begun and not ended; `moved` is called when it has lost the microphone's floor.

    `tell` sends it what it has asked to be told.
    The caller sees to it that a `ref` is begun once and ended once.
    """

    __slots__ = (
        "_client_id",
        "_conversation",
        "_floor",
        "_moved",
        "_session",
        "_tell",
        "_texts",
        "_voice",
        "caller",
        "sound",
    )

    def __init__(
        self,
        caller: Caller,
        client_id: str,
        conversation: Conversation,
        moved: Callable[[FloorTaken], None],
        tell: Callable[[Reply], None],
    ) -> None:
        self.caller = caller
        self._client_id = client_id
        self._conversation = conversation
        self._session = conversation.session
        self._floor = conversation.floor
        self._moved = moved
        self._tell = tell
        self._texts: dict[str, TextSource] = {}
        self._voice: VoiceSink | None = None
        self.sound = _lost
        """Hands on sound of the open microphone."""

    def do(self, wish: Wish) -> Reply | None:
        """Do as asked and return what to answer. Raises an error of `bridge.errors`: nothing was done then."""
        if isinstance(wish, Media):
            self._report(wish)
            return None
        self.caller.check_may("drive", self._session.session_id)
        match wish:
            case Say():
                return Ack(
                    ref=wish.ref,
                    utterance_id=self._conversation.say(wish.text, interrupt=wish.interrupt, ref=wish.ref),
                )
            case Chat():
                return Ack(ref=wish.ref, utterance_id=self._conversation.chat(wish.text).utterance_id)
            case Interrupt():
                self._conversation.interrupt(wish.scope, "api")
                return None
            case SayStart() | SayDelta() | SayEnd():
                return self._text(wish)
            case AudioStart():
                return self._listen(wish)
            case AudioEnd():
                self._silence()
                return None

    def lose_text(self, ref: str) -> None:
        """Let what came of a text be spoken, and fail it."""
        self._texts.pop(ref).lose()

    def lose_sound(self) -> None:
        """Tell the listener that the microphone is gone."""
        voice = self._turn_off()
        self._floor.leave(self)
        if voice is not None:
            voice.lost()

    def leave(self) -> None:
        """Take note that the client has gone."""
        self._conversation.media.leave(self._client_id)

    def _text(self, wish: SayStart | SayDelta | SayEnd) -> Reply | None:
        self._session.touch()
        match wish:
            case SayStart(ref=ref):
                source = self._conversation.open_text(interrupt=wish.interrupt, ref=ref)
                self._texts[ref] = source
                return Ack(ref=ref, utterance_id=source.utterance_id)
            case SayDelta():
                self._feed(self._texts[wish.ref], wish.text)
            case SayEnd():
                self._texts.pop(wish.ref).end()
        return None

    def _feed(self, source: TextSource, text: str) -> None:
        if source.waiting + len(text) > MAX_SAY:
            raise QueueFull(f"{MAX_SAY} characters of this text wait to be spoken; send this piece again later")
        source.feed(text)

    def _listen(self, wish: AudioStart) -> Reply:
        """Open the voice first, so that nobody loses the floor to one who cannot speak."""
        self._floor.check(force=wish.take)
        wanted = VoiceFormat(
            wish.purpose,
            wish.sample_rate,
            wish.channels,
            wish.ref,
            hands_free=wish.hands_free,
            interrupt=wish.interrupt,
            gate=wish.gate,
            silence_ms=wish.silence_ms,
            on_wire=partial(self._progress, wish.ref) if wish.progress else None,
        )
        voice = self._conversation.voice(wanted)
        self._floor.take(self, force=wish.take)
        self._voice, self.sound = voice, voice.feed
        return Ack(ref=wish.ref, utterance_id=voice.utterance_id)

    def _progress(self, ref: str, now: OnWire) -> None:
        self._tell(AudioProgress(ref=ref, utterance_id=now.utterance_id, samples=now.samples, held_ms=now.held_ms))

    def give_way(self) -> None:
        """End the microphone's sound: somebody else has taken the floor."""
        voice = self._turn_off()
        if voice is not None:
            voice.end()
        self._moved(FloorTaken("somebody else has taken the microphone's floor; send audio.start again to come back"))

    def _silence(self) -> None:
        voice = self._turn_off()
        self._floor.leave(self)
        if voice is not None:
            voice.end()

    def _turn_off(self) -> VoiceSink | None:
        voice = self._voice
        self._voice, self.sound = None, _lost
        return voice

    def _report(self, wish: Media) -> None:
        self.caller.check_may("watch", self._session.session_id)
        report = MediaReport(wish.utterance_id, wish.state, wish.delay_ms, time.monotonic())
        self._conversation.report(self._client_id, report)


def _lost(pcm: bytes) -> None:
    """Take sound for which no microphone is open."""
