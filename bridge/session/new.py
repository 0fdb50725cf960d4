"""What a session is asked for."""

from typing import Literal

import msgspec


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """The wish for a session; `replace` closes a live one of the same user."""

    user_id: str | None = None
    avatar: str | None = None
    mode: Literal["text", "audio"] = "text"
    dialog: Literal["builtin", "llm", "cloud", "voice"] | None = None
    replace: bool = False
    metadata: dict[str, str] = {}
