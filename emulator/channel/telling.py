"""A bot's answer as the frames that tell it: types 1, 2, 4 and 5 of the downlink. PURE."""

import msgspec

from emulator.channel.bot import Reply
from emulator.speech.clauses import split

ECHO, ANSWER, CONTENT, THINKING = 1, 2, 4, 5


class Told(msgspec.Struct, rename="pascal", frozen=True, kw_only=True):
    """What a bot's frame says; fields that its Type does not have are left out."""

    type: int
    req_id: str
    text: str
    seq: int = 0
    text_pro: str | msgspec.UnsetType = msgspec.UNSET
    text_display: str | msgspec.UnsetType = msgspec.UNSET
    content_type: str | msgspec.UnsetType = msgspec.UNSET
    tts_support: bool | msgspec.UnsetType = msgspec.UNSET
    final: bool | msgspec.UnsetType = msgspec.UNSET
    is_high_light: bool | msgspec.UnsetType = msgspec.UNSET
    uninterrupt: bool | msgspec.UnsetType = msgspec.UNSET
    muted: bool | msgspec.UnsetType = msgspec.UNSET
    interaction_type: str | msgspec.UnsetType = msgspec.UNSET
    interaction_content: str | msgspec.UnsetType = msgspec.UNSET
    cloud_ai_extra: str | msgspec.UnsetType = msgspec.UNSET


def tell(req_id: str, question: str, reply: Reply) -> list[Told]:
    """Return the frames that tell `reply` to `question`, in order."""
    echo = Told(type=ECHO, req_id=req_id, text=question)
    if not reply.model:
        return [echo, _answer(req_id, reply)]
    thinking = [Told(type=THINKING, req_id=req_id, text=reply.thinking)] if reply.thinking else []
    return [echo, *thinking, *_contents(req_id, reply)]


def _answer(req_id: str, reply: Reply) -> Told:
    shown = reply.interaction
    return Told(
        type=ANSWER,
        req_id=req_id,
        text=reply.text,
        text_pro=reply.pro or reply.text,
        text_display=reply.display or reply.text,
        uninterrupt=reply.uninterruptible,
        muted=reply.muted,
        interaction_type=shown.type if shown else "",
        interaction_content=msgspec.json.encode(shown.content).decode() if shown else "",
    )


def _contents(req_id: str, reply: Reply) -> list[Told]:
    clauses = split(reply.text)
    whole = len(clauses) == 1
    extra = {"record_id": req_id, "reference": reply.references, "references": reply.references}
    return [
        Told(
            type=CONTENT,
            req_id=req_id,
            seq=number,
            text=clause,
            text_pro=(reply.pro if whole else "") or clause,
            text_display=(reply.display if whole else "") or clause,
            content_type=reply.content_type,
            tts_support=reply.spoken,
            final=number == len(clauses),
            is_high_light=reply.highlight,
            uninterrupt=reply.uninterruptible,
            muted=reply.muted,
            cloud_ai_extra=msgspec.json.encode(extra).decode() if number == len(clauses) else msgspec.UNSET,
        )
        for number, clause in enumerate(clauses, 1)
    ]
