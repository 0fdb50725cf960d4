"""What `doctor` finds out about the speech recognition: half a second of silence is recognised."""

from collections.abc import AsyncIterator

from bridge.cli import extras
from bridge.cli.finding import Finding, Outcome
from bridge.settings import Settings
from bridge.talk.recognizers import recognition_of
from dialog.ears import SECOND
from dialog.errors import DialogError


async def asr(settings: Settings) -> Finding:
    """Whether the recogniser takes the key and the model, and answers in time."""
    if settings.asr.model is None:
        return Finding("asr", Outcome.SKIPPED, "asr.model is not set; pages use the browser's own recognition")
    if extras.missing("llm"):
        return Finding("asr", Outcome.BAD, "asr.model is set, but the extra llm is missing", extras.install_line("llm"))
    means = recognition_of(settings.asr)
    assert means is not None
    try:
        await means.recognizer.hear(_silence(), language=means.language)
    except DialogError as error:
        detail, _, advice = str(error).partition("; ")
        return Finding("asr", Outcome.BAD, detail, advice)
    finally:
        await means.recognizer.aclose()
    return Finding("asr", Outcome.GOOD, f"{settings.asr.model} answers")


async def _silence() -> AsyncIterator[bytes]:
    yield bytes(SECOND // 2)
