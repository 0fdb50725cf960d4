"""The routes of a session's life."""

from bridge import errors
from bridge.gateway.describe.route import IDEMPOTENCY_KEY, Answer, Body, Route
from bridge.gateway.models import CreateSession
from bridge.gateway.replies import SessionCreated, SessionList, SessionView

ID = "02463d48b1ce4b0f9a3a1f8b5ad7c0e1"
SESSION: dict[str, object] = {
    "session_id": ID,
    "user_id": "lobby-1",
    "state": "live",
    "mode": "text",
    "dialog": None,
    "created_at": 1795217295.192,
    "cloud_session_id": "c-81f2",
    "reason": None,
    "error": None,
    "position": None,
    "turn": "idle",
    "utterances": [],
    "attached": 1,
    "metadata": {"place": "lobby"},
    "listens": True,
    "image_origins": [],
    "suggestions": {"en": ["What can you do?"], "zh": ["你能做什么？"]},
}

ROUTES = (
    Route(
        method="POST",
        path="/v1/sessions",
        name="createSession",
        tag="Sessions",
        role="key",
        summary="Begin a session",
        text="Answers at once; the session gets ready by itself: about two seconds with the demo, up to two minutes in "
        "the cloud. Text that is sent before it is live waits, and is spoken then.",
        parameters=(IDEMPOTENCY_KEY,),
        creates=True,
        body=Body(model=CreateSession, required=False, example={"user_id": "lobby-1", "metadata": {"place": "lobby"}}),
        answers={
            201: Answer(
                text="It has begun.",
                model=SessionCreated,
                headers={"Location": "The path of the session."},
                example={"session_id": ID, "state": "creating", "token": "eyJhbGciOiJIUzI1NiJ9.e30.x", "play": None},
            )
        },
        errors=(errors.UserBusy, errors.TooManySessions, errors.ShuttingDown),
    ),
    Route(
        method="GET",
        path="/v1/sessions",
        name="listSessions",
        tag="Sessions",
        role="key",
        summary="Show all sessions",
        text="Those that ended within the last minute are among them.",
        answers={200: Answer(text="All of them.", model=SessionList, example={"sessions": [SESSION]})},
    ),
    Route(
        method="GET",
        path="/v1/sessions/{session_id}",
        name="showSession",
        tag="Sessions",
        role="watcher",
        summary="Show one session",
        answers={200: Answer(text="As it is now.", model=SessionView, example=SESSION)},
    ),
    Route(
        method="DELETE",
        path="/v1/sessions/{session_id}",
        name="closeSession",
        tag="Sessions",
        role="key",
        summary="Close a session",
        text="Answers when it is closed in the cloud too, or could not be.",
        answers={204: Answer(text="It is closed.")},
    ),
    Route(
        method="POST",
        path="/v1/sessions/{session_id}/reset",
        name="resetSession",
        tag="Sessions",
        role="driver",
        summary="Forget the visitor",
        text="Stops what is said, clears the conversation and the event log; the session stays, ready for the next "
        "person. Clients that come back find a gap and begin anew.",
        answers={204: Answer(text="It is forgotten.")},
    ),
)
