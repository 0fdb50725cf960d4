"""`avatar-bridge doctor`: checks one thing after another and says what to do; it never creates a session."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import aiohttp
import typer

from bridge.cli import aio, check_asr, checks_here, checks_there, checks_tls, checks_voice
from bridge.cli.finding import Finding, Outcome
from bridge.cli.options import Config, Debug, Json
from bridge.cli.output import data, say
from bridge.errors import SettingsError
from bridge.settings import Settings
from bridge.settings_sources import load

MARKS = {Outcome.GOOD: "✓", Outcome.BAD: "✗", Outcome.SKIPPED: "–"}


def doctor(config: Config = None, json: Json = False, debug: Debug = False) -> None:
    """Check the settings, this machine, the cloud account, the LLM and the ears; exit code 1 if something is wrong."""

    async def run() -> list[Finding]:
        found: list[Finding] = []
        async for finding in findings(config):
            found.append(finding)
            if not json:
                say(_line(finding))
        return found

    found = aio.run(run())
    if json:
        data([asdict(finding) for finding in found])
    if any(finding.outcome is Outcome.BAD for finding in found):
        raise typer.Exit(1)


async def findings(config: Path | None) -> AsyncIterator[Finding]:
    """Yield what each check found; without readable settings only what can be checked without them."""
    settings: Settings | None = None
    try:
        settings = load(config)
        yield Finding("settings", Outcome.GOOD, "all options are known and well-formed")
    except SettingsError as error:
        for line in error.message.splitlines():
            yield Finding("settings", Outcome.BAD, line, "correct it, then run doctor again; the rest waits for it")
    yield checks_here.python()
    for finding in checks_here.extras_installed():
        yield finding
    yield checks_here.webrtc()
    if settings is None:
        return
    yield checks_here.state_dir(settings)
    yield checks_here.recording(settings)
    yield checks_tls.certificate(settings)
    yield checks_tls.microphone(settings)
    async with aiohttp.ClientSession() as http:
        yield await checks_there.port(settings, http)
        async for finding in checks_there.cloud(settings, http):
            yield finding
        yield await checks_there.llm(settings, http)
    yield await check_asr.asr(settings)
    yield await checks_voice.tts(settings)
    yield await checks_voice.voice_model(settings)


def _line(finding: Finding) -> str:
    line = f"{MARKS[finding.outcome]} {finding.check}: {finding.detail}"
    return f"{line}\n    {finding.advice}" if finding.advice else line
