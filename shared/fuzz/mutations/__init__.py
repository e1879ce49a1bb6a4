"""Changes of a file's bytes, drawn from a random generator: ``mutation(data, random)``."""

from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, Random], bytes]
