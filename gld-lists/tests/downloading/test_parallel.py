"""Several transfers at a time."""

import pytest
from gld_lists.downloading import parallel
from gld_lists.downloading.retries_and_stop import Session


def test_a_bug_is_not_reported_as_a_failed_file():
    def job(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        parallel.run([job], 1, Session())
