"""Builds the wheel, installs it with its demo outside of the repository, and asks the demo a question.

What the wheel lacks (a page, a preset, the face) shows here: an editable installation has the whole repository.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
KIOSK = re.compile(r"(http://127\.0\.0\.1:\d+)/kiosk")
START_S = 120
ANSWER_S = 60
QUESTION = "What can you do?"


def main() -> None:
    """Do it all in a folder that is gone afterwards; raises where something fails."""
    with tempfile.TemporaryDirectory(prefix="avatar-bridge-wheel-") as folder:
        here = Path(folder)
        commands = install(build(here), here)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AVATAR_BRIDGE_")}
        environment |= {"XDG_STATE_HOME": str(here / "state"), "PATH": f"{commands}:{os.environ['PATH']}"}
        command = str(commands / "avatar-bridge")
        subprocess.run([command, "--help"], cwd=here, env=environment, check=True, stdout=subprocess.DEVNULL)
        with demo(command, here, environment) as address:
            ask(address)
    say("the wheel works on its own")


def build(here: Path) -> Path:
    """Return the wheel, built from the repository."""
    say("building the wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(here)]
    subprocess.run([*pip, str(REPOSITORY)], check=True)
    return next(here.glob("*.whl"))


def install(wheel: Path, here: Path) -> Path:
    """Install `wheel` with its demo into an environment of its own and return the folder of its commands."""
    say("installing it")
    environment = here / "venv"
    venv.create(environment, with_pip=True)
    commands = environment / "bin"
    subprocess.run([commands / "python", "-m", "pip", "install", "--quiet", f"{wheel}[demo]"], check=True)
    return commands


@contextmanager
def demo(command: str, here: Path, environment: dict[str, str]) -> Iterator[str]:
    """Run the demo and give its address; it has to end well at SIGTERM."""
    say("running its demo")
    arguments = [command, "demo", "--port", "0", "--no-open"]
    with subprocess.Popen(arguments, cwd=here, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield address_of(process)
            process.send_signal(signal.SIGTERM)
            if process.wait(60) not in {0, 128 + signal.SIGTERM}:
                raise SystemExit(f"the demo ended with {process.returncode}")
        finally:
            process.kill()


def address_of(process: subprocess.Popen[str]) -> str:
    """Return the address that the demo tells."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := KIOSK.search(line):
            return found[1]
    raise SystemExit("the demo ended without telling its address")


def ask(address: str) -> None:
    """Fetch the page, create a session, and get the question answered."""
    say("asking it a question")
    if b"<html" not in fetch("GET", f"{address}/kiosk"):
        raise SystemExit("the kiosk page is not there")
    session = json.loads(fetch("POST", f"{address}/v1/sessions", {}))
    path = f"{address}/v1/sessions/{session['session_id']}"
    deadline = time.monotonic() + START_S
    while (state := json.loads(fetch("GET", path))["state"]) != "live":
        if state in {"closing", "closed", "failed"} or time.monotonic() > deadline:
            raise SystemExit(f"the session did not come alive: {state}")
        time.sleep(0.2)
    answer = fetch("POST", f"{path}/chat", {"message": QUESTION}).decode()
    if "event: end" not in answer:
        raise SystemExit(f"no answer: {answer}")
    said = json.loads(fetch("POST", f"{path}/say", {"text": "It works.", "interrupt": True, "wait": "ended"}))
    if said["status"] != "ended":
        raise SystemExit(f"it was not said: {said['status']}")


def fetch(method: str, url: str, body: object = None) -> bytes:
    """Return the body of the answer; raises for an error status."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
        return answer.read()


def say(line: str) -> None:
    """Tell how far it is."""
    sys.stdout.write(f"wheel: {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
