"""The drives under their former name."""

from bridge.session.drives import AskCloud, Drives, Effect, Emit, Send

__all__ = ["AskCloud", "Drives", "Effect", "Emit", "Send"]
