"""HTTP statuses of transient failures, and those that mean that there is no such file."""

_TRANSIENT = {408, 425, 429}  # request timeout, too early, too many requests
_MISSING = {404, 410}  # not found, gone


def is_transient(status: int) -> bool:
    """Return whether the same request may succeed when it is repeated later."""
    return status >= 500 or status in _TRANSIENT


def is_missing(status: int) -> bool:
    """Return whether the server has no such file."""
    return status in _MISSING
