"""The processes that the emulator starts."""

import os
from pathlib import Path


def environment() -> dict[str, str]:
    """Return variables with which a child finds this very package, wherever the emulator was started."""
    root = str(Path(__file__).resolve().parents[1])
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
