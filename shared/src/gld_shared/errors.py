"""The error that users are meant to read."""


class DataError(Exception):
    """Data or a run failed: the message is one line naming file, place, expectation and remedy.

    A command prints it as ``Error: ...`` and exits with 1, without a traceback.
    """
