"""The negative classes that take part in a step."""

import pytest
import torch
from gld_train.losses.partial_fc import sample_classes
from hypothesis import given
from hypothesis import strategies as st


@given(seed=st.integers(0, 1000), step=st.integers(0, 10**9), share=st.floats(0.01, 0.9))
def test_the_labels_classes_are_always_drawn(seed, step, share):
    labels = torch.tensor([70, 3, 70, 999])
    classes, targets = sample_classes(labels, 1000, share, seed, step)
    assert classes[targets].equal(labels)
    assert classes.equal(classes.unique())
    assert len(classes) == pytest.approx(1000 * share, abs=80)


def test_the_others_depend_on_seed_and_step_alone():
    def drawn(labels, seed=0, step=0):
        return set(sample_classes(torch.tensor(labels), 100, 0.3, seed, step)[0].tolist())

    assert drawn([1, 2]) - {1, 2, 5} == drawn([5]) - {1, 2, 5}
    assert len({frozenset(drawn([1], *key)) for key in ((0, 0), (1, 0), (0, 1))}) == 3
