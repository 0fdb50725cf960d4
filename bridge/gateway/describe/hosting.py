"""The routes of the live host: the script and the audience."""

from bridge import errors
from bridge.gateway.describe.route import IDEMPOTENCY_KEY, Answer, Body, Parameter, Route
from bridge.gateway.describe.speech import UTTERANCE
from bridge.gateway.models import AddLine, AnswerMessage, ChangeLine, PutScript, SetScript, StartScript, Write
from bridge.gateway.replies import AudienceList, AudienceMessage, LineAdded, ScriptStatus, ScriptView

SCRIPT = "/v1/sessions/{session_id}/script"
AUDIENCE = "/v1/sessions/{session_id}/audience"
LINE = "5f0c1b7a9e3d2468"
MESSAGE = "c2a4e6081b3d5f79"

LINE_ID = Parameter(
    name="line_id",
    where="path",
    text="The line, as the script names it.",
    schema={"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[0-9a-zA-Z_-]+$"},
    required=True,
)
MESSAGE_ID = Parameter(
    name="message_id",
    where="path",
    text="The message, as the audience's list names it.",
    schema={"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[0-9a-zA-Z_-]+$"},
    required=True,
)
STATUS = {
    "state": "playing",
    "line_id": LINE,
    "utterance_id": UTTERANCE,
    "loop": False,
    "auto": False,
    "revision": 3,
    "error": None,
}
NOW = {200: Answer(text="How the script is now.", model=ScriptStatus, example=STATUS)}
VIEW = {
    200: Answer(
        text="The script with its lines.",
        model=ScriptView,
        example={**STATUS, "left": "Good evening.", "lines": [{"line_id": LINE, "text": "Good evening."}]},
    )
}
WRITTEN = {"message_id": MESSAGE, "who": "Li", "text": "Does it come in blue?", "state": "waiting"}

_SCRIPT_ROUTES = (
    Route(
        method="GET",
        path=SCRIPT,
        name="showScript",
        tag="Live host",
        role="watcher",
        summary="Show the script",
        answers=VIEW,
    ),
    Route(
        method="PUT",
        path=SCRIPT,
        name="putScript",
        tag="Live host",
        role="driver",
        summary="Give it other lines",
        text="At most 500 lines, each of up to 64 KiB, 1 MiB together. Lines that keep their `line_id` stay what they "
        "are: the current one stays the current one, and one that is being said goes on.",
        body=Body(model=PutScript, example={"lines": [{"text": "Good evening."}, {"text": "Here we are."}]}),
        answers=VIEW,
        errors=(errors.SessionEnded, errors.QueueFull),
    ),
    Route(
        method="PATCH",
        path=SCRIPT,
        name="setScript",
        tag="Live host",
        role="driver",
        summary="Set how it runs",
        body=Body(model=SetScript, example={"loop": True}),
        answers=NOW,
        errors=(errors.SessionEnded,),
    ),
    Route(
        method="POST",
        path=f"{SCRIPT}/lines",
        name="addLine",
        tag="Live host",
        role="driver",
        summary="Put a line in",
        text="At the end, at `index`, `next` after the one that is being said, or `now`: what that interrupts is "
        "finished after it. While the script is stopped, `next` and `now` both make it the next line.",
        parameters=(IDEMPOTENCY_KEY,),
        body=Body(model=AddLine, example={"text": "Welcome, everybody who has just come!", "where": "next"}),
        answers={201: Answer(text="It was put in.", model=LineAdded, example={**STATUS, "added": LINE})},
        errors=(errors.SessionEnded, errors.QueueFull),
    ),
    Route(
        method="PATCH",
        path=f"{SCRIPT}/lines/{{line_id}}",
        name="changeLine",
        tag="Live host",
        role="driver",
        summary="Change or move a line",
        text="One that is being said goes on as it was.",
        parameters=(LINE_ID,),
        body=Body(model=ChangeLine, example={"index": 0}),
        answers=NOW,
        errors=(errors.SessionEnded, errors.LineNotFound, errors.QueueFull),
    ),
    Route(
        method="DELETE",
        path=f"{SCRIPT}/lines/{{line_id}}",
        name="removeLine",
        tag="Live host",
        role="driver",
        summary="Take a line out",
        text="One that is being said falls silent, and the next follows.",
        parameters=(LINE_ID,),
        answers={204: Answer(text="It is gone.")},
        errors=(errors.SessionEnded, errors.LineNotFound),
    ),
    Route(
        method="POST",
        path=f"{SCRIPT}/start",
        name="startScript",
        tag="Live host",
        role="driver",
        summary="Begin, or go on",
        text="Where it was stopped, with what of the line was not heard; after the last line at the first; with "
        "`line_id` at that line.",
        parameters=(IDEMPOTENCY_KEY,),
        body=Body(model=StartScript, required=False, example={"line_id": LINE}),
        answers=NOW,
        errors=(errors.SessionEnded, errors.LineNotFound),
    ),
    Route(
        method="POST",
        path=f"{SCRIPT}/stop",
        name="stopScript",
        tag="Live host",
        role="driver",
        summary="Stop it",
        text="The line that is being said falls silent. An interrupt with nothing new to say does the same.",
        parameters=(IDEMPOTENCY_KEY,),
        answers=NOW,
        errors=(errors.SessionEnded,),
    ),
    Route(
        method="POST",
        path=f"{SCRIPT}/skip",
        name="skipLine",
        tag="Live host",
        role="driver",
        summary="Go on with the next line",
        parameters=(IDEMPOTENCY_KEY,),
        answers=NOW,
        errors=(errors.SessionEnded,),
    ),
    Route(
        method="POST",
        path=f"{SCRIPT}/repeat",
        name="repeatLine",
        tag="Live host",
        role="driver",
        summary="Say the line from its beginning",
        parameters=(IDEMPOTENCY_KEY,),
        answers=NOW,
        errors=(errors.SessionEnded,),
    ),
)

_AUDIENCE_ROUTES = (
    Route(
        method="GET",
        path=AUDIENCE,
        name="showAudience",
        tag="Live host",
        role="watcher",
        summary="Show what the audience has written",
        answers={
            200: Answer(
                text="All messages that wait, and the last 50 that are over.",
                model=AudienceList,
                example={"messages": [WRITTEN]},
            )
        },
    ),
    Route(
        method="POST",
        path=AUDIENCE,
        name="writeMessage",
        tag="Live host",
        role="driver",
        summary="Hand on a message of the audience",
        text="For a program that relays the chat of the place where the stream is shown: it holds a driver's token, "
        "which is nothing to give to the audience itself. At most 200 messages wait.",
        parameters=(IDEMPOTENCY_KEY,),
        body=Body(model=Write, example={"who": "Li", "text": "Does it come in blue?"}),
        answers={201: Answer(text="It waits.", model=AudienceMessage, example=WRITTEN)},
        errors=(errors.SessionEnded, errors.QueueFull),
    ),
    Route(
        method="POST",
        path=f"{AUDIENCE}/{{message_id}}/answer",
        name="answerMessage",
        tag="Live host",
        role="driver",
        summary="Answer a message",
        text="The session's dialog answers between two lines, or with `now` at once; then the script goes on. "
        "With `auto` the oldest message that waits is answered by itself while the script is started.",
        parameters=(MESSAGE_ID, IDEMPOTENCY_KEY),
        body=Body(model=AnswerMessage, required=False, example={"now": False}),
        answers={
            200: Answer(text="It will be answered.", model=AudienceMessage, example={**WRITTEN, "state": "answering"})
        },
        errors=(errors.SessionEnded, errors.MessageNotFound, errors.MessageOver),
    ),
    Route(
        method="DELETE",
        path=f"{AUDIENCE}/{{message_id}}",
        name="dismissMessage",
        tag="Live host",
        role="driver",
        summary="Let a message go",
        text="An answer to it that is being said falls silent.",
        parameters=(MESSAGE_ID,),
        answers={204: Answer(text="It is dismissed.")},
        errors=(errors.SessionEnded, errors.MessageNotFound, errors.MessageOver),
    ),
)

ROUTES = (*_SCRIPT_ROUTES, *_AUDIENCE_ROUTES)
