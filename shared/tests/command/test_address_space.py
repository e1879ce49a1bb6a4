import resource

import pytest
from gld_shared.command.address_space import refuse_small_address_space
from gld_shared.errors import DataError


def limit_to(monkeypatch, limit):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, resource.RLIM_INFINITY))


def test_tools_with_torch_need_more(monkeypatch):
    limit_to(monkeypatch, 3_500_000 << 10)
    refuse_small_address_space("gld-search")
    with pytest.raises(DataError) as caught:
        refuse_small_address_space("gld-embed")
    assert str(caught.value) == (
        "the limit of memory is 3,417 MiB (ulimit -v 3500000), expected at least 4,768 MiB for the "
        "libraries of gld-embed; raise it (ulimit -v 4882812, or unlimited)"
    )


@pytest.mark.parametrize("limit", [resource.RLIM_INFINITY, 8 << 30])
def test_no_limit_or_a_large_one(monkeypatch, limit):
    limit_to(monkeypatch, limit)
    refuse_small_address_space("gld-train")
