"""The states that a run saves in its folder."""

from pathlib import Path

import pytest
import torch
from gld_shared.errors import DataError
from gld_train.run_folder import RunFolder


def test_a_damaged_state(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.save(3, {"step": 3, "weight": torch.ones(100)})
    folder.save(6, {"step": 6, "weight": torch.zeros(100)})
    before, newest = folder.states()
    newest.write_bytes(newest.read_bytes()[:-40])
    with pytest.raises(DataError) as caught:
        folder.newest()
    assert str(caught.value) == (
        f"{newest}: a damaged state; move it out of the folder to resume from the state before it"
    )
    newest.unlink()
    state = folder.newest()
    assert state is not None and state["step"] == 3
    before.write_bytes(b"")
    with pytest.raises(DataError) as caught:
        folder.newest()
    assert str(caught.value) == (
        f"{before}: a damaged state; move it out of the folder to start again"
    )
