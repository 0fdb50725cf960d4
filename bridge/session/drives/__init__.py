"""What may be said now, and in which packets. Pure."""

from bridge.session.drives.effects import Answered, AskCloud, Effect, Emit, Reopen, Send, Unanswered
from bridge.session.drives.machine import Drives, Flow

__all__ = ["Answered", "AskCloud", "Drives", "Effect", "Emit", "Flow", "Reopen", "Send", "Unanswered"]
