"""The samples of an epoch, their order, and their distribution over ranks."""

import time
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_train.data.config import DataConfig
from gld_train.data.labelled_rows import Samples
from gld_train.samplers import (
    SAMPLERS,
    Batches,
    Continent,
    IdUniform,
    ImageUniform,
    Shuffle,
    build_sampler,
)
from gld_train.samplers.continent_shares import ContinentsConfig, draw_counts
from hypothesis import given
from hypothesis import strategies as st

GOLDEN = np.load(Path(__file__).parent / "fixtures" / "golden.npz", allow_pickle=False)
LABELS = GOLDEN["sampler_labels"]
LISTS = st.lists(st.integers(0, 9), min_size=1, max_size=60).map(np.array)


def placed(continents, clean):
    """Make samples of the given continents and cleanness."""
    count = len(continents)
    return Samples(
        np.zeros(count, "S1"),
        np.zeros(count, np.int64),
        "lists/all.tsv",
        np.array(clean, bool),
        np.array([name.encode() for name in continents]),
    )


def some_samples(n_samples=400):
    names = [*ContinentsConfig().ratios(), "null", ""]
    samples = placed([names[i % 10] for i in range(n_samples)], np.arange(n_samples) % 3 > 0)
    return Samples(
        samples.paths, np.resize(LABELS, n_samples), "", samples.clean, samples.continents
    )


def built(samples, **data):
    return build_sampler(samples, DataConfig(**data), ContinentsConfig())


def steps(batches):
    return [[(draw.epoch, draw.position, draw.row) for draw in batch] for batch in batches]


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_order_is_a_function_of_seed_and_epoch(name):
    sampler = built(some_samples(), sampler=name, batch_size=16)
    first = sampler.rows(0, 1)
    assert len(first) == len(sampler)
    assert np.array_equal(first, sampler.rows(0, 1))
    assert not np.array_equal(first, sampler.rows(1, 1))
    assert not np.array_equal(first, sampler.rows(0, 2))


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("world", [2, 3, 6])
def test_ranks_share_the_batches_of_one_process(name, world):
    sampler = built(some_samples(), sampler=name, batch_size=48)
    whole = Batches(sampler, 48, 2, 7)
    ranks = [Batches(sampler, 48, 2, 7, rank=rank, world=world) for rank in range(world)]
    assert all(batches.per_epoch == whole.per_epoch for batches in ranks)
    joined = [list(chain(*parts)) for parts in zip(*map(steps, ranks), strict=True)]
    assert joined == steps(whole)
    assert all(len(batch) >= 2 for batches in ranks for batch in batches)


@pytest.mark.parametrize(
    ("n_samples", "drop_last", "world", "per_epoch"),
    [(8, False, 1, 2), (10, False, 1, 3), (9, False, 1, 2), (10, True, 1, 2), (1, False, 1, 0),
     (11, False, 2, 2), (12, False, 2, 3)],
)  # fmt: skip
def test_the_last_batch(n_samples, drop_last, world, per_epoch):
    batches = Batches(Shuffle(n_samples), 4, 3, 0, drop_last, world=world)
    assert batches.per_epoch == per_epoch
    assert len(batches) == len(list(batches)) == 3 * per_epoch


@pytest.mark.parametrize("first", range(9))
def test_a_resumed_run_continues_with_the_same_batches(first):
    whole = steps(Batches(Shuffle(10), 4, 3, 7))
    assert steps(Batches(Shuffle(10), 4, 3, 7, first_step=first)) == whole[first:]


def test_shuffle_holds_every_row_once():
    assert sorted(Shuffle(50).rows(0, 1)) == list(range(50))


@given(labels=LISTS, instances=st.integers(1, 5), epoch=st.integers(1, 99))
def test_id_uniform_holds_every_landmark_once(labels, instances, epoch):
    rows = IdUniform(labels, instances).rows(0, epoch).reshape(-1, instances)
    assert sorted(labels[rows[:, 0]]) == sorted(set(labels.tolist()))
    for images in rows:
        (label,) = set(labels[images].tolist())
        have = int((labels == label).sum())
        assert have < instances or len(set(images.tolist())) == instances


def test_id_uniform_draws_every_image_alike():
    labels = np.array([0, 1, 1, 1, 1, 1])
    sampler = IdUniform(labels, 2)
    drawn = np.bincount(np.concatenate([sampler.rows(0, epoch) for epoch in range(2000)]))
    assert drawn[0] == 4000
    assert drawn[1:] == pytest.approx(800, abs=100)


@given(labels=LISTS, landmarks=st.integers(1, 8), instances=st.integers(1, 3))
def test_image_uniform_has_no_image_twice_and_no_landmark_twice_in_a_batch(
    labels, landmarks, instances
):
    sampler = ImageUniform(labels, landmarks * instances, instances)
    rows = sampler.rows(0, 1)
    assert len(set(rows.tolist())) == len(rows) == len(sampler)
    for batch in labels[rows].reshape(-1, landmarks, instances):
        assert (batch == batch[:, :1]).all()
        assert len(set(batch[:, 0].tolist())) == landmarks


@given(counts=st.lists(st.integers(1, 9), min_size=1, max_size=9), landmarks=st.integers(1, 5))
def test_image_uniform_makes_the_most_batches(counts, landmarks):
    """Taking the landmarks with the most images first is known to be optimal, and slow."""
    left, made = sorted(counts), 0
    while len(left) >= landmarks and left[-landmarks] > 0:
        left = sorted([*left[:-landmarks], *(n - 1 for n in left[-landmarks:])])
        made += 1
    labels = np.repeat(np.arange(len(counts)), counts)
    assert len(ImageUniform(labels, landmarks, 1)) == made * landmarks


@pytest.mark.parametrize(
    ("batch_size", "recipes"), [row[::2] for row in GOLDEN["image_uniform"].tolist() if row[1] == 1]
)
def test_image_uniform_leaves_no_more_out_than_the_recipe(batch_size, recipes):
    assert recipes <= len(ImageUniform(LABELS, batch_size, 1)) <= len(LABELS)


def test_image_uniform_leaves_other_images_out_each_epoch():
    labels = np.arange(10) // 2
    sampler = ImageUniform(labels, 3, 1)
    assert len(sampler) == 9
    missing = [set(range(10)) - set(sampler.rows(0, epoch).tolist()) for epoch in range(100)]
    assert set.union(*missing) == set(range(10))


def test_continent_draws_equal_the_recipes():
    for length, *counts in GOLDEN["continent_counts"].tolist():
        drawn = draw_counts(length, ContinentsConfig().ratios(), ContinentsConfig().clean)
        assert [count for pair in drawn.values() for count in pair] == counts


def test_continent_draws_from_the_right_bucket():
    samples = some_samples(1000)
    rows = Continent(samples, ContinentsConfig()).rows(0, 1)
    for name, wanted in draw_counts(1000, ContinentsConfig().ratios(), 0.66).items():
        here = samples.continents[rows] == name.encode()
        clean = samples.clean[rows]
        assert (int((here & clean).sum()), int((here & ~clean).sum())) == wanted
    assert not np.isin(samples.continents[rows], [b"null", b""]).any()


def test_an_empty_bucket_is_replaced_by_the_other():
    samples = placed(["Asia"] * 50 + ["Europe"] * 50, [1] * 50 + [0] * 50)
    rows = Continent(samples, ContinentsConfig(asia=0.6, europe=0.4)).rows(0, 1)
    assert (len(rows), int((rows < 50).sum())) == (100, 60)


def test_an_empty_continent_raises_the_shares_of_the_others():
    samples = placed(["Asia"] * 30 + ["Oceania"] * 70, [1, 0] * 50)
    rows = Continent(samples, ContinentsConfig()).rows(0, 1)
    assert (len(rows), int((rows < 30).sum())) == (99, 98)  # 0.5 and 0.01 of 0.51


@pytest.mark.parametrize(
    ("continents", "clean", "lacking"),
    [(None, None, "continent and clean"), (None, [True], "continent"), ([b"Asia"], None, "clean")],
)
def test_a_list_without_the_columns_is_refused(continents, clean, lacking):
    samples = Samples(np.zeros(1, "S1"), np.zeros(1, int), "lists/clean.tsv", clean, continents)
    with pytest.raises(DataError) as caught:
        Continent(samples, ContinentsConfig())
    assert str(caught.value) == (
        f"lists/clean.tsv: no column {lacking}; data.sampler 'continent' needs it; make the list "
        "with gld-lists google, or choose another sampler"
    )


def test_a_list_of_other_continents_is_refused():
    with pytest.raises(DataError, match=r"lists/all\.tsv: no image's continent has a share"):
        Continent(placed(["Atlantis", ""], [1, 1]), ContinentsConfig())


def test_the_names_of_the_samplers():
    assert tuple(SAMPLERS) == ("shuffle", "id_uniform", "image_uniform", "continent")


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLERS)
def test_an_epoch_of_the_whole_of_gldv2_is_drawn_in_a_second(name):
    generator = np.random.default_rng(0)
    landmarks, n_samples = 203_094, 4_825_830
    weights = 1 / np.arange(1, landmarks + 1)
    further = generator.choice(landmarks, n_samples - landmarks, p=weights / weights.sum())
    continents = np.array([name.encode() for name in [*ContinentsConfig().ratios(), "null"]])
    samples = Samples(
        np.zeros(n_samples, "S1"),
        generator.permutation(np.concatenate([np.arange(landmarks), further])),
        "",
        generator.random(n_samples) < 0.5,
        continents[generator.integers(0, 9, n_samples)],
    )
    sampler = built(samples, sampler=name, batch_size=128)
    seconds = []
    for epoch in range(3):
        started = time.process_time()  # the same on a busy machine
        sampler.rows(0, epoch)
        seconds.append(time.process_time() - started)
    assert min(seconds) < 1
