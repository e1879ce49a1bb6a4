"""Random choices that depend on a seed and a name alone, not on the order of a table's rows."""

import hashlib


def seeded_hash(seed: int, name: str, size: int) -> bytes:
    """Return ``size`` bytes that are the same for the same seed and name on any machine."""
    return hashlib.blake2b(f"{seed}\t{name}".encode(), digest_size=size).digest()
