"""Hypothesis profiles for every test: HYPOTHESIS_PROFILE=long tries 10,000 examples of each property.

HYPOTHESIS_PROFILE=stories plays 10,000 steps of each state machine.
"""

import os

from hypothesis import settings

settings.register_profile("default", deadline=None)
settings.register_profile("long", deadline=None, max_examples=10_000)
settings.register_profile("stories", deadline=None, max_examples=200, stateful_step_count=50)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
