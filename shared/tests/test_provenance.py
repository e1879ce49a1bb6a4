from gld_shared import provenance


def test_histories_merge_each_step_once():
    first, second, last = (provenance.step(name, "1", [], []) for name in "abc")
    assert provenance.extend([[first], [first, second]], last) == [first, second, last]
