"""One of our programs with a watch on its event loop: `python -m tests.support.watched LOG SEED MODULE ARGUMENTS…`.

LOG gets a line of JSON for whatever held the loop up, in seconds of the machine's monotonic clock:
`planned`, when SEED is not 0: the loop is blocked for 100 ms once in 5 % of the frames of 160 ms, for 500 ms in 0.5 %;
`machine`: as much of a delay as the process was ready to run and had no processor, by the kernel's own count;
`own`: the rest of such a delay, which nobody but the program is to blame for.
An emulator's log has a line for each frame of sound, too, of the moment in which it was in its hands.
"""

import asyncio
import atexit
import base64
import contextlib
import json
import random
import runpy
import sys
import time
from pathlib import Path
from typing import Any, TextIO

FRAME_S = 0.160
PROBE_S = 0.010
NOTED_S = 0.003
TASKS = Path("/proc/self/task")


class Watch:
    """Writes what happens to the loop of this process."""

    def __init__(self, log: TextIO, seed: int) -> None:
        self._log = log
        self._seed = seed
        self._planned = 0.0

    def note(self, kind: str, **rest: object) -> None:
        self._log.write(json.dumps({"kind": kind, **rest}) + "\n")

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch `loop` from its first moment."""
        loop.call_soon(self._probe, loop, time.monotonic())
        if self._seed:
            loop.call_soon(self._plan, loop, random.Random(self._seed))

    def _probe(self, loop: asyncio.AbstractEventLoop, due: float, waited: float = 0.0, planned: float = 0.0) -> None:
        """Note how much later than `due` this was called, less what was planned, and next time again."""
        now, delays = time.monotonic(), waiting()
        late = now - due - (self._planned - planned)
        machine = min(late, delays - waited) if waited else 0.0
        if machine > NOTED_S:
            self.note("machine", start=now - machine, end=now)
        if late - machine > NOTED_S:
            self.note("own", start=due, end=now, length=late - machine)
        at = time.monotonic() + PROBE_S
        loop.call_later(PROBE_S, self._probe, loop, at, waiting(), self._planned)

    def _plan(self, loop: asyncio.AbstractEventLoop, dice: random.Random) -> None:
        """Block the loop, perhaps, and look at the dice again a frame later."""
        thrown = dice.random()
        length = 0.5 if thrown < 0.005 else 0.1 if thrown < 0.055 else 0.0
        if length:
            start = time.monotonic()
            time.sleep(length)
            self._planned += time.monotonic() - start
            self.note("planned", start=start, end=time.monotonic())
        loop.call_later(FRAME_S * (0.5 + dice.random()), self._plan, loop, dice)

    def watch_frames(self) -> None:
        """Note each frame of sound that an emulated cloud gets."""
        from emulator.session import Session  # noqa: PLC0415 - only where an emulator is watched

        watch, heard = self, Session.heard

        def noting(self: Session, frame: str) -> None:
            at = time.monotonic()
            heard(self, frame)
            if '"SEND_AUDIO"' in frame:
                data: dict[str, Any] = json.loads(frame)["Payload"]
                sound = base64.b64decode(data["Data"]["Audio"])
                number = int.from_bytes(sound[:2], "little")
                watch.note("frame", at=at, session=self.id, req_id=data["ReqId"], number=number, bytes=len(sound))

        Session.heard = noting


def waiting() -> float:
    """Return for how many seconds the threads of this process were ready to run and had to wait for a processor.

    All of them count: the loop waits, too, for one that has the interpreter's lock and no processor.
    """
    total = 0
    for task in TASKS.iterdir():
        with contextlib.suppress(OSError):  # it has just ended
            total += int((task / "schedstat").read_text().split()[1])
    return total / 1e9


def main(log: str, seed: str, module: str, *arguments: str) -> None:
    file = Path(log).open("w", buffering=1)  # noqa: SIM115 - as long as the process
    atexit.register(file.close)
    watch = Watch(file, int(seed))
    make_loop = asyncio.new_event_loop

    def watched() -> asyncio.AbstractEventLoop:
        loop = make_loop()
        watch.begin(loop)
        return loop

    if module == "bridge":
        import uvloop  # noqa: PLC0415 - the bridge's own choice, before it is imported

        make_loop = uvloop.new_event_loop
        uvloop.new_event_loop = watched
    else:
        watch.watch_frames()
        asyncio.new_event_loop = watched
        asyncio.events.new_event_loop = watched
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
