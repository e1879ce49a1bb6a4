"""Settings of all tests: one thread a process, and no deadline on a slow machine."""

import os

from hypothesis import settings

# The networks of tests are too small to share among threads, which would wait for one another.
os.environ["OMP_NUM_THREADS"] = "1"

settings.register_profile("gld", deadline=None, max_examples=50)
settings.load_profile("gld")
