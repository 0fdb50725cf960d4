"""The forms of a text that arrives: whatever the cuts, the text is the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import InvalidRequest
from bridge.gateway.streams.forms import FORMS, MAX_LINE, Events, NdJson, PlainText, chunk_text

CHUNK = '{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":%s,"finish_reason":null}],"x":1}'


def fed(kind: str, body: bytes, cuts: list[int]) -> str:
    form, begin, text = FORMS[kind](), 0, ""
    for end in [*sorted(cut % (len(body) + 1) for cut in cuts), len(body)]:
        text += "".join(piece.text for piece in form.feed(body[begin:end]))
        begin = end
    return text + "".join(piece.text for piece in form.finish())


CUTS = st.lists(st.integers(0, 10_000), max_size=12)
TEXTS = st.lists(st.text(max_size=12), max_size=6)


@given(st.text(max_size=40), CUTS)
def test_plain_text_may_be_cut_inside_a_character(text: str, cuts: list[int]) -> None:
    assert fed("text/plain", text.encode(), cuts) == text


@given(TEXTS, CUTS, st.sampled_from(["\n", "\r\n", "\n\n"]), st.booleans())
def test_ndjson(texts: list[str], cuts: list[int], end: str, closed: bool) -> None:
    body = end.join(json.dumps({"text": text}, ensure_ascii=False) for text in texts) + (end if closed else "")
    assert fed("application/x-ndjson", body.encode(), cuts) == "".join(texts)


@given(TEXTS, CUTS, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_events_with_texts(texts: list[str], cuts: list[int], end: str, closed: bool) -> None:
    frames = [f": hello{end}event: x{end}id: 5{end}data: {json.dumps({'text': text})}{end}{end}" for text in texts]
    body = "".join(frames) if closed else "".join(frames).rstrip("\r\n")
    assert fed("text/event-stream", body.encode(), cuts) == "".join(texts)


@given(TEXTS, CUTS)
def test_chunks_of_openai_until_done(texts: list[str], cuts: list[int]) -> None:
    deltas = ['{"role":"assistant"}', '{"content":null}', *(json.dumps({"content": text}) for text in texts), "{}"]
    body = "".join(f"data: {CHUNK % delta}\n\n" for delta in deltas)
    body += 'data: {"choices":[],"usage":{"total_tokens":3}}\n\ndata: [DONE]\n\ndata: nonsense\n\n'
    assert fed("text/event-stream", body.encode(), cuts) == "".join(texts)


def test_what_a_model_wrote_is_marked() -> None:
    (piece,) = Events().feed(f"data: {CHUNK % json.dumps({'content': '**a**'})}\n\n".encode())
    assert (piece.text, piece.markdown) == ("**a**", True)
    (piece,) = Events().feed(b'data: {"text": "**a**"}\n\n')
    assert (piece.text, piece.markdown) == ("**a**", False)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"\xff"),
        ("text/plain", "é".encode()[:1]),
        ("application/x-ndjson", b'{"text":5}\n'),
        ("application/x-ndjson", b'{"text":"a","more":1}\n'),
        ("application/x-ndjson", b'{"text":"\\ud800"}\n'),
        ("application/x-ndjson", b'"a"'),
        ("application/x-ndjson", b"[" * 30_000),
        ("application/x-ndjson", b"x" * (MAX_LINE + 1)),
        ("text/event-stream", b"data: x\n\n"),
        ("text/event-stream", b'data: {"text":1}\n\n'),
        ("text/event-stream", b"data: " + b"x" * (MAX_LINE + 1)),
        ("text/event-stream", b"data: xxxx\n" * 20_000),
    ],
)
def test_what_is_not_of_the_form_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        fed(kind, body, [])


def test_other_fields_and_empty_events_count_for_nothing() -> None:
    assert (
        fed("text/event-stream", b'\xef\xbb\xbfdata: {\ndata: "text": "a"}\n\ndata\n\nretry: 5\n\n: x\n\n', []) == "a"
    )


def test_text_of_choice_0_only() -> None:
    assert chunk_text(b'{"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}') == "a"
    assert chunk_text(b'{"choices":[{"index":0,"message":{"content":"whole"}}]}') == "whole"
    assert chunk_text(b'{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"t"}]}}]}') == ""
    assert chunk_text(b'{"error":{"message":"x"}}') is None
    assert chunk_text(b"nonsense") is None


def test_forms_begin_empty() -> None:
    for form in (PlainText(), NdJson(), Events()):
        assert list(form.finish()) == []
