"""What may be said now, and in which packets. Pure."""

from bridge.session.drives.effects import AskCloud, Effect, Emit, Reopen, Send
from bridge.session.drives.machine import Drives, Flow

__all__ = ["AskCloud", "Drives", "Effect", "Emit", "Flow", "Reopen", "Send"]
