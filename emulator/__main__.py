"""`python -m emulator`."""

import sys


def main() -> None:
    """Run the command line; without the extra that the emulator needs, say how to get it."""
    try:
        from emulator.cli import app  # noqa: PLC0415 - what it imports may be missing
    except ModuleNotFoundError as error:
        sys.exit(f"the emulator needs more than the bridge ({error.name}): pip install 'avatar-bridge[demo]'")
    app(prog_name="python -m emulator")


if __name__ == "__main__":
    main()
