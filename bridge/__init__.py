"""The server that stands between people and their digital human."""

__version__ = "0.1.0"
