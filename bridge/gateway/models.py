"""What callers may send, and what they get (DESIGN 5.3); anything unknown or too long is refused."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

KIB = 1024
MAX_SAY = 64 * KIB
MAX_MESSAGE = 8 * KIB
MAX_METADATA = 16


def utf8(limit: int) -> AfterValidator:
    """Return a check that a text is 1 to `limit` bytes of UTF-8 and holds more than white space."""

    def check(text: str) -> str:
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            raise ValueError("must be text that UTF-8 can hold") from None
        if size > limit:
            raise ValueError(f"must be at most {limit} bytes of UTF-8")
        if not text.strip():
            raise ValueError("must hold more than white space")
        return text

    return AfterValidator(check)


Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
UserId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.!@:=-]+$")]
Ref = Annotated[str, Field(min_length=1, max_length=128)]


class Model(BaseModel):
    """Root of the request bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class CreateSession(Model):
    """Body of `POST /v1/sessions`; an empty body means all defaults."""

    avatar: Name | None = None
    user_id: UserId | None = None
    mode: Literal["text", "audio"] = "text"
    dialog: Literal["builtin", "llm", "cloud"] | None = None
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


class Chat(Model):
    """Body of `POST …/chat`."""

    message: Annotated[str, utf8(MAX_MESSAGE)]


class Interrupt(Model):
    """Body of `POST …/interrupt`; an empty body means all."""

    scope: Literal["all", "current"] = "all"


class MintToken(Model):
    """Body of `POST …/token`; without a role the operator gives a driver's token, and a client renews its own."""

    role: Literal["driver", "watcher"] | None = None
