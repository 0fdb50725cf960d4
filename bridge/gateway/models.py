"""What callers may send, and what they get (DESIGN 5.3); anything unknown or too long is refused."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from bridge.talk.script import MAX_LINES

KIB = 1024
MAX_SAY = 64 * KIB
MAX_MESSAGE = 8 * KIB
MAX_METADATA = 16
NOT_BLANK = r"[^\s\x1c-\x1f\x85]"
"""What a text must hold one of, in every dialect of regular expressions."""


@dataclass(frozen=True, slots=True)
class utf8:  # noqa: N801, it reads as a function and is one to those who annotate with it
    """A check that a text is 1 to `limit` bytes of UTF-8 and holds more than white space."""

    limit: int

    def __get_pydantic_core_schema__(self, source: type[str], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "minLength": 1, "maxLength": self.limit, "pattern": NOT_BLANK}

    def check(self, text: str) -> str:
        """Return `text`. Raises ValueError."""
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            raise ValueError("must be text that UTF-8 can hold") from None
        if size > self.limit:
            raise ValueError(f"must be at most {self.limit} bytes of UTF-8")
        if not text.strip():
            raise ValueError("must hold more than white space")
        return text


Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
UserId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_.!@:=-]+$")]
Ref = Annotated[str, Field(min_length=1, max_length=128)]
LineId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_-]+$")]
LineIndex = Annotated[int, Field(ge=0, lt=MAX_LINES)]


class Model(BaseModel):
    """Root of the request bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class CreateSession(Model):
    """Body of `POST /v1/sessions`; an empty body means all defaults."""

    avatar: Name | None = None
    user_id: UserId | None = None
    mode: Literal["text", "audio"] = "text"
    dialog: Literal["builtin", "llm", "cloud", "voice"] | None = None
    replace: bool = False
    metadata: Annotated[
        dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]],
        Field(max_length=MAX_METADATA),
    ] = {}


class Say(Model):
    """Body of `POST …/say`."""

    text: Annotated[str, utf8(MAX_SAY)]
    interrupt: bool = False
    wait: Literal["accepted", "started", "ended"] = "accepted"
    timeout_s: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 120
    ref: Ref | None = None


class Stream(Model):
    """Query of `POST …/stream`; the body is the text."""

    interrupt: bool = False
    wait: Literal["accepted", "started", "ended"] = "accepted"
    timeout_s: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 120
    ref: Ref | None = None


class Audio(Stream):
    """Query of `POST …/audio`; the body is a file of sound."""


class Chat(Model):
    """Body of `POST …/chat`."""

    message: Annotated[str, utf8(MAX_MESSAGE)]


class Interrupt(Model):
    """Body of `POST …/interrupt`; an empty body means all."""

    scope: Literal["all", "current"] = "all"


class MintToken(Model):
    """Body of `POST …/token`; without a role the operator gives a driver's token, and a client renews its own."""

    role: Literal["driver", "watcher"] | None = None


class CreateGrant(Model):
    """Body of `POST /v1/grants`: a link to a page; `name` helps to tell it from others."""

    page: Literal["kiosk"] = "kiosk"
    name: Name | None = None
    avatar: Name | None = None


class ExchangeGrant(Model):
    """Body of `POST /v1/grants/exchange`.

    `holder` is a random id that the browser has made for itself and keeps; `renew` begins another session.
    """

    grant: Annotated[str, Field(min_length=1, max_length=128)]
    holder: Annotated[str, Field(min_length=16, max_length=128, pattern=r"^[0-9A-Za-z_-]+$")]
    renew: bool = False


class ScriptLineWish(Model):
    """A line of a script; without `line_id` it is a new one."""

    text: Annotated[str, utf8(MAX_SAY)]
    line_id: LineId | None = None


class PutScript(Model):
    """Body of `PUT …/script`: all lines in their order."""

    lines: Annotated[list[ScriptLineWish], Field(max_length=MAX_LINES)]
    loop: bool | None = None
    auto: bool | None = None


class SetScript(Model):
    """Body of `PATCH …/script`; what is left out stays as it is."""

    loop: bool | None = None
    auto: bool | None = None


class AddLine(Model):
    """Body of `POST …/script/lines`."""

    text: Annotated[str, utf8(MAX_SAY)]
    where: Literal["end", "next", "now"] = "end"
    index: LineIndex | None = None


class ChangeLine(Model):
    """Body of `PATCH …/script/lines/{line_id}`; what is left out stays as it is."""

    text: Annotated[str, utf8(MAX_SAY)] | None = None
    index: LineIndex | None = None


class StartScript(Model):
    """Body of `POST …/script/start`; an empty body means to go on."""

    line_id: LineId | None = None


class Write(Model):
    """Body of `POST …/audience`: what somebody in the audience has written, and the name to show."""

    text: Annotated[str, utf8(MAX_MESSAGE)]
    who: Name | None = None


class AnswerMessage(Model):
    """Body of `POST …/audience/{message_id}/answer`; an empty body means between two lines."""

    now: bool = False
