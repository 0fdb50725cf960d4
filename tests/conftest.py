"""Hypothesis profiles for every test: HYPOTHESIS_PROFILE=long tries 10,000 examples of each property."""

import os

from hypothesis import settings

settings.register_profile("default", deadline=None)
settings.register_profile("long", deadline=None, max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
