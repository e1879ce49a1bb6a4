"""Settings of all tests: a slow machine is no failure."""

from hypothesis import settings

settings.register_profile("gld", deadline=None, max_examples=50)
settings.load_profile("gld")
