"""Settings of all tests: no test fails because a machine is slow."""

from hypothesis import settings

settings.register_profile("gld", deadline=None, max_examples=50)
settings.load_profile("gld")
