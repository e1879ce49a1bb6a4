"""Ctrl-C during waits for threads and other processes."""

import signal


def let_interrupts_through() -> None:
    """Let Ctrl-C end a wait for threads or other processes at once.

    On import, polars (its issue 21739) makes the system restart the calls that a signal
    interrupts, so it is imported before that setting is undone.
    """
    import polars  # noqa: F401

    signal.siginterrupt(signal.SIGINT, True)
