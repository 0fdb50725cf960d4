"""The rules of one connection, played without a network."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import FloorTaken
from bridge.gateway.socket.messages import Error
from bridge.gateway.socket.protocol import (
    AUTH_S,
    EXPIRED_GRACE_S,
    MAX_OPEN,
    Authenticate,
    Close,
    Do,
    Effect,
    LoseSound,
    LoseText,
    Phase,
    Protocol,
    Sound,
    Tell,
)

AUDIO: dict[str, object] = {
    "type": "audio.start",
    "ref": "mic",
    "purpose": "drive",
    "sample_rate": 16000,
    "channels": 2,
    "encoding": "s16le",
}


def frame(kind: str, **rest: object) -> bytes:
    return json.dumps({"type": kind, **rest}).encode()


def told(effects: Sequence[Effect]) -> tuple[str, str | None]:
    (effect,) = effects
    assert isinstance(effect, Tell)
    assert isinstance(effect.reply, Error)
    return effect.reply.code, effect.reply.ref


def admitted(expires_at: float | None = None) -> Protocol:
    protocol = Protocol(0.0)
    (effect,) = protocol.text(frame("auth"))
    assert isinstance(effect, Authenticate)
    protocol.admit(expires_at)
    return protocol


@pytest.mark.parametrize("kind", ["say", "chat", "ping", "interrupt", "token.refresh", "say.start"])
def test_nothing_is_done_before_auth(kind: str) -> None:
    rest = {"say": {"text": "x"}, "chat": {"text": "x"}, "say.start": {"ref": "r"}}.get(kind, {})
    assert told(Protocol(0.0).text(frame(kind, **rest)))[0] == "auth_expected"


def test_auth_is_sent_once() -> None:
    protocol = Protocol(0.0)
    protocol.text(frame("auth"))
    assert told(protocol.text(frame("auth")))[0] == "auth_expected"
    protocol.admit(None)
    assert told(protocol.text(frame("auth", token="t")))[0] == "auth_expected"


def test_who_does_not_say_who_it_is_has_ten_seconds() -> None:
    protocol = Protocol(100.0)
    assert protocol.next_deadline() == 100.0 + AUTH_S
    assert protocol.tick(109.99) == []
    assert protocol.tick(110.0) == [Close(4010)]


def test_a_client_without_end_is_never_sent_away() -> None:
    protocol = admitted()
    assert protocol.next_deadline() is None
    assert protocol.tick(1e9) == []


def test_a_token_that_expires_is_told_and_has_25_s() -> None:
    protocol = admitted(expires_at=900.0)
    assert protocol.tick(899.0) == []
    assert told(protocol.tick(900.0)) == ("token_expired", None)
    assert protocol.next_deadline() == 900.0 + EXPIRED_GRACE_S
    assert isinstance(protocol.text(frame("token.refresh"))[0], Do)
    assert protocol.tick(924.9) == []
    assert protocol.tick(925.0) == [Close(4005)]


def test_a_token_that_is_renewed_in_time_lives_on() -> None:
    protocol = admitted(expires_at=900.0)
    protocol.tick(900.0)
    protocol.admit(1800.0)
    assert protocol.tick(925.0) == []
    assert told(protocol.tick(1800.0))[0] == "token_expired"


def test_a_text_in_pieces() -> None:
    protocol = admitted()
    assert isinstance(protocol.text(frame("say.start", ref="a"))[0], Do)
    assert told(protocol.text(frame("say.start", ref="a"))) == ("ref_in_use", "a")
    assert told(protocol.text(frame("say.delta", ref="b", text="x"))) == ("ref_unknown", "b")
    assert isinstance(protocol.text(frame("say.delta", ref="a", text=""))[0], Do)
    assert isinstance(protocol.text(frame("say.end", ref="a"))[0], Do)
    assert told(protocol.text(frame("say.end", ref="a"))) == ("ref_unknown", "a")
    assert isinstance(protocol.text(frame("say.start", ref="a"))[0], Do)


def test_a_text_that_could_not_be_begun_is_forgotten() -> None:
    protocol = admitted()
    protocol.text(frame("say.start", ref="a"))
    protocol.drop("a")
    assert told(protocol.text(frame("say.delta", ref="a", text="x"))) == ("ref_unknown", "a")
    protocol.text(json.dumps(AUDIO).encode())
    protocol.drop("mic")
    assert told(protocol.binary(b"\0" * 4))[0] == "ref_unknown"


def test_open_texts_are_bounded() -> None:
    protocol = admitted()
    for number in range(MAX_OPEN):
        assert isinstance(protocol.text(frame("say.start", ref=str(number)))[0], Do)
    assert told(protocol.text(frame("say.start", ref="more"))) == ("queue_full", "more")
    protocol.text(frame("say.end", ref="3"))
    assert isinstance(protocol.text(frame("say.start", ref="more"))[0], Do)


def test_sound_belongs_to_an_open_microphone() -> None:
    protocol = admitted()
    assert told(protocol.binary(b"\0" * 4))[0] == "ref_unknown"
    assert protocol.binary(b"\0" * 4) == []
    assert isinstance(protocol.text(json.dumps(AUDIO).encode())[0], Do)
    assert protocol.binary(b"\1\2\3\4") == [Sound(b"\1\2\3\4")]
    assert protocol.binary(b"") == []
    assert told(protocol.binary(b"\0" * 6)) == ("invalid_request", "mic")
    assert told(protocol.text(json.dumps({**AUDIO, "ref": "other"}).encode())) == ("ref_in_use", "other")
    assert told(protocol.text(frame("audio.end", ref="other"))) == ("ref_unknown", "other")
    assert isinstance(protocol.text(frame("audio.end", ref="mic"))[0], Do)
    assert told(protocol.binary(b"\0" * 4))[0] == "ref_unknown"


def test_who_has_lost_the_floor_is_told_once_and_not_heard() -> None:
    protocol = admitted()
    assert protocol.lose_floor(FloorTaken("taken")) == []
    protocol.text(json.dumps(AUDIO).encode())
    assert told(protocol.lose_floor(FloorTaken("taken"))) == ("floor_taken", "mic")
    assert protocol.lose_floor(FloorTaken("taken")) == []
    assert protocol.binary(b"\0" * 4) == []
    # And comes back as the error says.
    again = json.dumps({**AUDIO, "ref": "again"}).encode()
    assert isinstance(protocol.text(again)[0], Do)
    assert protocol.binary(b"\0" * 4) == [Sound(b"\0" * 4)]
    protocol.lose_floor(FloorTaken("taken"))
    assert protocol.end() == []


def test_a_lost_connection_loses_what_is_open() -> None:
    protocol = admitted()
    for ref in ("b", "a", "c"):
        protocol.text(frame("say.start", ref=ref))
    protocol.text(frame("say.end", ref="c"))
    protocol.text(json.dumps(AUDIO).encode())
    assert protocol.end() == [LoseText("a"), LoseText("b"), LoseSound()]
    assert protocol.phase is Phase.OVER
    assert protocol.end() == []
    assert protocol.text(frame("ping")) == []
    assert protocol.binary(b"\0" * 4) == []
    assert protocol.tick(1e9) == []
    assert protocol.next_deadline() is None


def named(kind: str, ref: str) -> bytes:
    return json.dumps({**AUDIO, "ref": ref}).encode() if kind == "audio.start" else frame(kind, ref=ref)


def delta(ref: str, text: str) -> bytes:
    return frame("say.delta", ref=ref, text=text)


REFS = st.sampled_from(["a", "b", "c"])
NAMED = st.sampled_from(["say.start", "say.end", "audio.start", "audio.end"])
ANYTHING = st.one_of(
    st.binary(max_size=60),
    st.builds(named, NAMED, REFS),
    st.builds(delta, REFS, st.text(max_size=5)),
    st.sampled_from([frame("ping"), frame("auth"), frame("say", text="x"), b"[" * 5000, b'{"type":"say","text":NaN}']),
)


@given(st.lists(st.one_of(st.tuples(st.just("text"), ANYTHING), st.tuples(st.just("pcm"), st.binary(max_size=9)))))
def test_whatever_comes_every_text_is_begun_once_and_ended_once(frames: list[tuple[str, bytes]]) -> None:
    protocol, open_texts, microphone = admitted(), set[str](), list[str]()
    for kind, data in frames:
        effects = protocol.text(data) if kind == "text" else protocol.binary(data)
        assert len(effects) <= 1
        for effect in effects:
            if isinstance(effect, Sound):
                assert microphone
                assert len(effect.pcm) % 4 == 0
            if not isinstance(effect, Do):
                continue
            message = effect.message
            match message.type:
                case "say.start":
                    assert message.ref not in open_texts
                    open_texts.add(message.ref)
                case "say.delta" | "say.end":
                    assert message.ref in open_texts
                    open_texts -= {message.ref} if message.type == "say.end" else set()
                case "audio.start":
                    assert not microphone
                    microphone.append(message.ref)
                case "audio.end":
                    assert microphone == [message.ref]
                    microphone.clear()
                case _:
                    pass
    wanted = [LoseText(ref) for ref in sorted(open_texts)] + ([LoseSound()] if microphone else [])
    assert protocol.end() == wanted
