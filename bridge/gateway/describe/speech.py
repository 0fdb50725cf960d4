"""The routes that make the avatar speak, or stop."""

from bridge import errors
from bridge.gateway.describe.route import EVENTS, IDEMPOTENCY_KEY, JSON, Answer, Body, Parameter, Route, query_of
from bridge.gateway.describe.schemas import Schema
from bridge.gateway.models import Audio, Chat, Interrupt, Say, Stream
from bridge.gateway.replies import ChatFailed, Spoken, Stopped
from bridge.talk.chat import Accepted, Delta, Ended

UTTERANCE = "a5046a361ef14b76884b5192bb0d2d92"

PART: Schema = {
    "type": "object",
    "description": "One line, or the data of one event.",
    "required": ["text"],
    "properties": {"text": {"type": "string"}},
    "additionalProperties": False,
}
SPEAKER = Parameter(
    name="X-Avatar-Session",
    where="header",
    text="The session that speaks; not needed with a token for one session.",
    schema={"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[0-9a-zA-Z_-]+$"},
)
SPOKEN = {
    200: Answer(
        text="It has started or ended.",
        model=Spoken,
        example={"utterance_id": UTTERANCE, "status": "ended", "heard": "Good morning."},
    ),
    202: Answer(
        text="It was accepted.",
        model=Spoken,
        example={"utterance_id": UTTERANCE, "status": "queued", "heard": None},
    ),
}

ROUTES = (
    Route(
        method="POST",
        path="/v1/sessions/{session_id}/say",
        name="say",
        tag="Speech",
        role="driver",
        summary="Speak a text",
        text="With `wait` the answer comes when the speech has started or ended, and tells the status really reached. "
        "At most 16 texts wait behind the one that is being spoken.",
        parameters=(IDEMPOTENCY_KEY,),
        body=Body(model=Say, example={"text": "Good morning.", "wait": "ended"}),
        answers=SPOKEN,
        errors=(errors.SessionEnded, errors.QueueFull, errors.WaitTimeout),
    ),
    Route(
        method="POST",
        path="/v1/sessions/{session_id}/stream",
        name="stream",
        tag="Speech",
        role="driver",
        summary="Speak a text while it arrives",
        text="The body is spoken as it comes, no faster than it can be said; its end is the end of the text. One that "
        "breaks off is spoken as far as it came, and the utterance ends `failed`. As NDJSON and as server-sent events "
        'each part is `{"text": "…"}`; the chunks of an OpenAI-compatible server are understood, too.',
        parameters=(*query_of(Stream), IDEMPOTENCY_KEY),
        body=Body(
            media={"text/plain": {"type": "string"}, "application/x-ndjson": PART, EVENTS: PART},
            example="Good morning. How are you?",
        ),
        answers=SPOKEN,
        errors=(errors.SessionEnded, errors.QueueFull, errors.WaitTimeout),
    ),
    Route(
        method="POST",
        path="/v1/sessions/{session_id}/audio",
        name="audio",
        tag="Speech",
        role="driver",
        summary="Speak with a voice of your own",
        text="Any file with sound in it: WAV, MP3, FLAC, Ogg, M4A, WebM and more, at most 256 MiB and an hour. It is "
        "decoded while it arrives, and taken no faster than it is spoken; the answer comes after its end. One that "
        "breaks off is spoken as far as it came, and the utterance ends `failed`. The session's mode has to be audio.",
        parameters=(*query_of(Audio), IDEMPOTENCY_KEY),
        body=Body(media={"application/octet-stream": {"type": "string", "format": "binary"}}),
        answers=SPOKEN,
        errors=(
            errors.ModeMismatch,
            errors.SessionEnded,
            errors.QueueFull,
            errors.WaitTimeout,
            errors.SourceLost,
            errors.AudioUnusable,
            errors.AudioEmpty,
            errors.AudioNotRecognised,
            errors.AudioNoTrack,
            errors.AudioCodecUnsupported,
            errors.AudioTooManyChannels,
            errors.AudioProtected,
            errors.AudioTooLarge,
        ),
    ),
    Route(
        method="POST",
        path="/v1/sessions/{session_id}/chat",
        name="chat",
        tag="Speech",
        role="driver",
        summary="Ask the dialog, and have its answer spoken",
        text="Whatever is being said is interrupted. The answer is streamed while it is spoken; a client that leaves "
        "does not stop the speech.",
        parameters=(IDEMPOTENCY_KEY,),
        body=Body(model=Chat, example={"message": "What can you do?"}),
        answers={
            200: Answer(
                text="`accepted`, then `delta` by `delta`, perhaps `error`, and `end`.",
                media_type=EVENTS,
                events={"accepted": Accepted, "delta": Delta, "error": ChatFailed, "end": Ended},
                example=f'event: accepted\ndata: {{"utterance_id":"{UTTERANCE}"}}\n\n'
                'event: delta\ndata: {"text":"I can show you the way."}\n\n',
            )
        },
        errors=(errors.SessionEnded, errors.QueueFull),
    ),
    Route(
        method="POST",
        path="/v1/sessions/{session_id}/interrupt",
        name="interrupt",
        tag="Speech",
        role="driver",
        summary="Stop speaking",
        text="`all` also drops what waits; `current` only stops what is being said.",
        body=Body(model=Interrupt, required=False, example={"scope": "all"}),
        answers={
            200: Answer(
                text="These were stopped.",
                model=Stopped,
                example={"utterance_ids": [UTTERANCE]},
            )
        },
    ),
    Route(
        method="POST",
        path="/v1/chat/completions",
        name="complete",
        tag="Speech",
        role="driver",
        summary="Ask the language model, and have its answer spoken",
        text="The interface of OpenAI's chat completions, passed through to `llm.base_url` as it is; what the model "
        "answers is spoken on the way. An OpenAI client needs only another base URL and one header. A client that "
        "leaves cancels the answer.",
        parameters=(SPEAKER, IDEMPOTENCY_KEY),
        body=Body(
            media={JSON: {"type": "object", "properties": {"stream": {"type": ["boolean", "null"]}}}},
            example={"messages": [{"role": "user", "content": "What can you do?"}], "stream": True},
        ),
        answers={
            200: Answer(
                text="What the model answers; with `stream` as server-sent events.",
                schema={"type": "object"},
                more={EVENTS: {"type": "object"}},
            )
        },
        otherwise=Answer(text="What the model's server refused, as it is.", schema={}),
        errors=(errors.NoLanguageModel, errors.SessionNotFound, errors.SessionEnded, errors.DialogFailed),
    ),
)
