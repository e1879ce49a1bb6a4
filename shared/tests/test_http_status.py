"""HTTP statuses: worth another request, final, or neither."""

import pytest
from gld_shared.http_status import is_missing, is_transient


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_temporary_failures_are_transient(status: int) -> None:
    assert is_transient(status)
    assert not is_missing(status)


@pytest.mark.parametrize("status", [404, 410])
def test_a_missing_file_is_final(status: int) -> None:
    assert is_missing(status)
    assert not is_transient(status)


@pytest.mark.parametrize("status", [200, 206, 301, 400, 401, 403, 416])
def test_other_statuses_are_neither(status: int) -> None:
    assert not is_transient(status)
    assert not is_missing(status)
