"""`python -m bridge`: the command `avatar-bridge`."""

from bridge.cli.main import main

main()
