"""Ctrl-C during waits for threads and other processes."""

import signal


def let_interrupts_through() -> None:
    """Let Ctrl-C end a wait for threads or other processes at once.

    On import, polars (its issue 21739) makes the system restart whatever a signal interrupts, so
    it is imported before the setting is undone.
    """
    import polars  # noqa: F401

    signal.siginterrupt(signal.SIGINT, True)
