"""What the emulated avatar says: text to sound with timed phonemes, and its playout on the media clock."""

from emulator.speech.speech import Speech
from emulator.speech.synthesizer import SpeechError, Synthesizer

__all__ = ["Speech", "SpeechError", "Synthesizer"]
