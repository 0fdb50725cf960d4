"""How a session looks to a client."""

import msgspec

from bridge.gateway.replies import SessionView
from bridge.session.session import Session
from bridge.talk.talk import Talk


def session_view(session: Session, talk: Talk) -> SessionView:
    """Return the session's snapshot with the questions that its page may suggest, by language."""
    return SessionView(**msgspec.structs.asdict(session.snapshot()), suggestions=talk.dialogs.suggestions)
