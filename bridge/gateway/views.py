"""How a session looks to a client."""

import msgspec

from bridge.gateway.replies import SessionView
from bridge.gateway.security import Gatekeeper
from bridge.session.session import Session
from bridge.talk.talk import Talk


def session_view(session: Session, talk: Talk, gatekeeper: Gatekeeper) -> SessionView:
    """Return the session's snapshot with what its page may offer: to listen, and questions by language."""
    return SessionView(
        **msgspec.structs.asdict(session.snapshot()),
        listens=talk.listens(session),
        image_origins=gatekeeper.images,
        suggestions=talk.dialogs.suggestions,
    )
