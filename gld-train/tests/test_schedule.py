"""The learning rate against values that the reference recipe's code computed."""

from pathlib import Path

import numpy as np
import pytest
from gld_train.optim.schedule import learning_rate

GOLDEN = np.load(Path(__file__).parent / "fixtures" / "golden.npz", allow_pickle=False)
STAGES = sorted(name.removeprefix("lr_") for name in GOLDEN.files if name.startswith("lr_"))


@pytest.mark.parametrize("stage", STAGES)
def test_the_schedule_equals_the_recipes(stage):
    epochs, warmup, lr, factor = GOLDEN[f"lrcfg_{stage}"][:4]
    rows = GOLDEN[f"lr_{stage}"]
    for epoch, iteration, weights, biases in rows[:-1]:
        t = (epoch - 1) + iteration / 7
        assert learning_rate(t, lr, lr, epochs, warmup) == pytest.approx(weights, rel=1e-9)
        assert learning_rate(t, factor * lr, lr, epochs, warmup) == pytest.approx(biases, rel=1e-9)
    after = learning_rate(epochs, lr, lr, epochs, warmup)
    assert after == pytest.approx(rows[-1][2], rel=1e-9)
