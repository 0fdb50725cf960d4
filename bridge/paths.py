"""Where this program's own files lie, installed or not."""

from pathlib import Path

from platformdirs import user_state_path

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds `bridge`, `config` and `demo_web`: the repository or site-packages."""

CONFIG = ROOT / "config"
PAGES = ROOT / "demo_web"


def default_state_dir() -> Path:
    """Return the platform's folder for state that outlives a run; it may not exist yet."""
    return user_state_path("avatar-bridge")
