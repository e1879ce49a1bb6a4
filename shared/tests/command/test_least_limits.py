import resource

import pytest
from gld_shared.command.least_limits import refuse_low_limits
from gld_shared.errors import DataError


def limit_to(monkeypatch, limit, kind=resource.RLIMIT_AS):
    no_limit = resource.RLIM_INFINITY
    limits = {kind: limit}
    monkeypatch.setattr(resource, "getrlimit", lambda of: (limits.get(of, no_limit), no_limit))


def test_tools_with_torch_need_more(monkeypatch):
    limit_to(monkeypatch, 3_500_000 << 10)
    refuse_low_limits("gld-search")
    with pytest.raises(DataError) as caught:
        refuse_low_limits("gld-embed")
    assert str(caught.value) == (
        "the limit of memory is 3,417 MiB (ulimit -v 3500000), expected at least 4,768 MiB for the "
        "libraries of gld-embed; raise it (ulimit -v 4882812, or unlimited)"
    )


@pytest.mark.parametrize("limit", [resource.RLIM_INFINITY, 8 << 30])
def test_no_limit_or_a_large_one(monkeypatch, limit):
    limit_to(monkeypatch, limit)
    refuse_low_limits("gld-train")


def test_few_open_files(monkeypatch):
    limit_to(monkeypatch, 22, resource.RLIMIT_NOFILE)
    with pytest.raises(DataError) as caught:
        refuse_low_limits("gld-train")
    assert str(caught.value) == (
        "the limit of open files is 22 (ulimit -n), expected at least 64; raise it (ulimit -n 64, "
        "or more for many workers)"
    )
