"""How long a visitor waits from Enter to the first sound: real Chromium, the real demo, built-in answers.

.venv/bin/python -m bench.first_sound --questions 10
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from tests.support.demo import running_demo
from tests.support.visit import visiting

QUESTIONS = ("Who are you?", "What can you do?", "Tell me a joke", "How are you?", "你是谁？", "你能做什么？")


async def measure(count: int) -> list[int]:
    """Return the waits in milliseconds."""
    chromium = os.environ.get("AVATAR_BRIDGE_CHROMIUM") or shutil.which("chromium")
    waits: list[int] = []
    async with running_demo(Path(tempfile.mkdtemp())) as demo, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        async with visiting(browser, demo.url) as visit:
            for number in range(count):
                visit.events.clear()
                await visit.ask(QUESTIONS[number % len(QUESTIONS)])
                await visit.event(type="utterance", status="ended")
                await asyncio.sleep(1)
                if (wait := await visit.first_sound_ms()) is not None:
                    waits.append(wait)
        await browser.close()
    return waits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=10)
    waits = asyncio.run(measure(parser.parse_args().questions))
    figures = {"questions": len(waits), "median_ms": statistics.median(waits), "worst_ms": max(waits), "all_ms": waits}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
