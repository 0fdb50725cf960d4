"""What `doctor` finds out about voices of our own, by letting one say a word, and by connecting to the other."""

from contextlib import aclosing

from bridge.cli import extras
from bridge.cli.finding import Finding, Outcome
from bridge.errors import SettingsError
from bridge.settings import Settings
from bridge.talk.mouths import voice_of
from bridge.talk.partner import model_of
from dialog.errors import DialogError

WORD = "Hello."


async def tts(settings: Settings) -> Finding:
    """Whether the server of `tts.*` speaks, and in the form that is needed."""
    if settings.tts.model is None:
        return Finding("tts", Outcome.SKIPPED, "tts.model is not set; avatars speak with the cloud's voice")
    if extras.missing("llm"):
        return Finding("tts", Outcome.BAD, "tts.model is set, but the extra llm is missing", extras.install_line("llm"))
    try:
        voice = voice_of(settings.tts)
    except SettingsError as error:
        return Finding("tts", Outcome.BAD, error.message)
    assert voice is not None
    try:
        async with aclosing(voice.speak(WORD)) as blocks:
            await anext(blocks)
    except DialogError as error:
        return Finding("tts", Outcome.BAD, str(error))
    finally:
        await voice.aclose()
    return Finding("tts", Outcome.GOOD, f"{settings.tts.model} speaks with the voice {settings.tts.voice}")


async def voice_model(settings: Settings) -> Finding:
    """Whether the server of `voice_model.*` takes a connection."""
    section = settings.voice_model
    if section.model is None:
        return Finding("voice_model", Outcome.SKIPPED, "voice_model.model is not set; answers are written first")
    try:
        model = model_of(section, lambda message: "")
    except SettingsError as error:
        return Finding("voice_model", Outcome.BAD, error.message)
    try:
        await model.check()
    except DialogError as error:
        return Finding("voice_model", Outcome.BAD, str(error))
    finally:
        await model.aclose()
    return Finding("voice_model", Outcome.GOOD, f"{section.model} takes a connection")
