"""Settings of the process that several blocks change together."""

import pytest
from gld_shared.search.process_setting import ProcessSetting


def test_the_first_block_changes_it_and_the_last_restores():
    done = []

    def change():
        done.append("changed")
        return lambda: done.append("restored")

    setting = ProcessSetting(change)
    first, second = setting.changed(), setting.changed()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert done == ["changed"]
    second.__exit__(None, None, None)
    assert done == ["changed", "restored"]
    with pytest.raises(KeyError), setting.changed():
        raise KeyError
    assert done == ["changed", "restored"] * 2


def test_a_change_that_failed_is_tried_again():
    tries = []

    def change():
        tries.append(1)
        if len(tries) == 1:
            raise OSError
        return lambda: None

    setting = ProcessSetting(change)
    with pytest.raises(OSError), setting.changed():
        pass
    with setting.changed():
        pass
    assert len(tries) == 2
