"""SEND_TEXT without a channel (manual: "Text-driven Instructions" under "Other APIs")."""

from typing import Literal

import msgspec

from bridge.clouds.tencent.models import checks
from bridge.clouds.tencent.models.envelope import new_req_id
from bridge.errors import CloudParameterInvalid

TEXT_BYTES = 4000
"""The manual says bytes for the channel and only "length" here; bytes are the stricter reading."""


class TextData(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What is to be said. Text interrupts what is being said; without it, `interrupt` only stops.

    `chat_command` "" has the platform's own bot answer, if one is bound to the avatar, instead of saying the text.
    """

    text: str = ""
    interrupt: bool = False
    chat_command: Literal["NotUseChat", ""] = "NotUseChat"

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        checks.at_most("Text", self.text, TEXT_BYTES)
        checks.one_of("ChatCommand", self.chat_command, ("NotUseChat", ""))
        if not self.text and not self.interrupt:
            raise CloudParameterInvalid("Text must not be empty unless Interrupt is true")


class SendText(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The command of the drive `req_id`."""

    session_id: str
    data: TextData
    req_id: str = msgspec.field(default_factory=new_req_id)
    command: Literal["SEND_TEXT"] = "SEND_TEXT"

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        checks.given("ReqId", self.req_id)
        checks.given("SessionId", self.session_id)
        checks.one_of("Command", self.command, ("SEND_TEXT",))
