"""The range of every key: values outside are one line, values inside work."""

import json
import os
from dataclasses import fields
from math import inf, nan

import pytest
import torch
from gld_shared.errors import DataError
from gld_train.config import Config, read_config, write_config
from gld_train.config_range import Interval, OneOf, ranges_of, shown
from gld_train.data.augment import make_augmentation
from gld_train.losses.head_config import build_head
from gld_train.optim.optimizer import make_optimizer, set_learning_rate
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

SECTIONS = {section.name: section.default_factory for section in fields(Config)}
KEYS = [f"{name}.{key.name}" for name, section in SECTIONS.items() for key in fields(section)]

NUMBERS = st.one_of(
    st.integers(),
    st.integers(-3, 40),
    st.integers(10_000, 20_000).map(lambda digits: 16**digits),
    st.floats(),
    st.floats(0, 2),
)
VALUES = st.one_of(NUMBERS, st.booleans(), st.text(), st.lists(NUMBERS, max_size=4))


def toml(value):
    """Write a value as TOML."""
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value)
    return hex(value) if type(value) is int else repr(value).lower()


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "run.toml"
    path.write_text("")
    return path


@settings(max_examples=400, deadline=None)
@given(key=st.sampled_from(KEYS), text=VALUES.map(toml) | st.text())
def test_every_value_of_every_key_is_refused_in_one_line_or_works(empty, key, text):
    try:
        config, _ = read_config(empty, [f"{key}={text}"])
    except DataError as error:
        message = str(error)
        assert message.startswith(f"{empty}: ")
        assert key.partition(".")[0] in message
        assert "\n" not in message and len(message) < 400
        return
    works(config, empty.with_name("again.toml"))


def works(config, again):
    """Use a configuration as training does, as far as no images are needed."""
    again.write_text(write_config(config), encoding="utf-8")
    assert read_config(again)[0] == config
    json.dumps(config.recorded(seed=0), allow_nan=False)
    make_augmentation(config.augment)
    head = build_head(config.head, config.margin_by_size, 4, torch.tensor([2, 3]))
    optim = config.scaled_optim
    optimizer = make_optimizer(nn.Linear(3, 4), head, optim)
    set_learning_rate(optimizer, 0.5, optim, config.schedule)


def test_every_key_has_a_range():
    # Any name of a file may be right, and the registry of samplers knows its own names.
    free = {"data.list", "data.sampler", "validation.queries", "validation.index"}
    ranged = {f"{name}.{key}" for name, part in SECTIONS.items() for key in ranges_of(part)}
    switches = {
        f"{name}.{key.name}"
        for name, part in SECTIONS.items()
        for key in fields(part)
        if key.type in (bool, "bool")
    }
    assert set(KEYS) - ranged - switches == free


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("optim.momentum=-1", "optim.momentum: -1.0, expected 0 to below 1"),
        ("optim.momentum=1.5", "optim.momentum: 1.5, expected 0 to below 1"),
        ("optim.weight_decay=-1", "optim.weight_decay: -1.0, expected a factor, 0 or more"),
        ("optim.backbone_factor=-1", "optim.backbone_factor: -1.0, expected a factor, 0 or more"),
        ("optim.lr=nan", "optim.lr: nan, expected a number, above 0"),
        ("optim.lr=inf", "optim.lr: inf, expected a number, above 0"),
        ("image.std=[0.2, 0, 0.2]", "image.std: [0.2, 0.0, 0.2], expected numbers, above 0 to 1"),
        ("image.resize=fit", "image.resize: 'fit', expected 'squash'"),
        ("model.pooling=x", "model.pooling: 'x', expected 'gem', 'gem_learned', 'avg', 'max' or "
         "'cls'"),
        ('model.weights=""', "model.weights: '', expected 'random', packaged:NAME, timm:NAME or a "
         "file"),
        ('model.weights="a\\u0000"', "model.weights: 'a\\x00', expected UTF-8 without zero bytes"),
        ("model.weights=caf\udce9", "model.weights: 'caf\\udce9', expected UTF-8 without zero "
         "bytes"),
        ("data.accumulate=33", "data.accumulate: 33, expected at most data.batch_size, 32"),
        ("schedule.warmup=11", "schedule.warmup: 11.0, expected at most schedule.epochs, 10"),
        ("schedule.epochs=1_000_001", "schedule.epochs: 1000001, expected 1 to 1,000,000"),
        ("schedule.epochs=0x8000000000000000",
         "schedule.epochs: 9223372036854775808, expected at most 64 bits"),
        (f"optim.lr=0x{'f' * 5000}", "optim.lr: a number of thousands of digits, expected at most "
         "64 bits"),
        (f"optim.lr={'9' * 5000}", f"optim.lr: '{'9' * 56}..., expected a number"),
        (f"optim.lr={'[' * 3000}", f"optim.lr: '{'[' * 56}..., expected a number"),
        ("optim.lr=1\nx=2", "optim.lr: '1\\nx=2', expected a number"),
    ],
)  # fmt: skip
def test_the_message_names_key_value_and_range(empty, setting, message):
    with pytest.raises(DataError) as caught:
        read_config(empty, [setting])
    assert str(caught.value) == f"{empty}: {message}"


@pytest.mark.parametrize(
    ("base", "named"),
    [
        (r'"a\u0000b"', r"'a\x00b'"),
        ("1979-05-27T07:32:00Z", "1979-05-27T07:32:00+00:00"),
        ("3", "3"),
        ('"/dev/zero"', "'/dev/zero'"),
        ('"pipe"', "'pipe'"),
    ],
)
def test_a_base_that_is_no_file(tmp_path, base, named):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "run.toml").write_text(f"base = {base}\n")
    with pytest.raises(DataError) as caught:
        read_config(tmp_path / "run.toml")
    assert str(caught.value) == (
        f'{tmp_path / "run.toml"}: base is {named}, expected a file\'s name: base = "base.toml"'
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x = " + "9" * 5_000, "not TOML: a number of thousands of digits"),
        ("x = " + "[" * 5_000, "not TOML: brackets are nested too deep"),
        ("x = " + "{a=" * 5_000, "not TOML: brackets are nested too deep"),
        ("#" * 2_000_000, "more than 1,048,576 bytes, expected a configuration"),
        ("optim = 1979-05-27", "optim: expected a section, [optim]"),
        ("optim.lr = 07:32:00", "optim.lr: 07:32:00, expected a number"),
        ("optim.lr = {a = 1}", "optim.lr: {'a': 1}, expected a number"),
        ("image.mean = [[1], 1, 1]", "image.mean: [1], expected a number"),
    ],
)
def test_values_that_only_toml_knows(tmp_path, text, fault):
    (tmp_path / "run.toml").write_text(text)
    with pytest.raises(DataError) as caught:
        read_config(tmp_path / "run.toml")
    assert str(caught.value) == f"{tmp_path / 'run.toml'}: {fault}"


def test_chains_of_bases_end(tmp_path):
    for number in range(60):
        (tmp_path / f"{number}.toml").write_text(f'base = "{number + 1}.toml"\n')
    with pytest.raises(DataError) as caught:
        read_config(tmp_path / "0.toml")
    assert str(caught.value) == (
        f"{tmp_path}/50.toml: is base number 50, expected fewer files in a chain"
    )
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    with pytest.raises(DataError) as caught:
        read_config(tmp_path / "loop.toml")
    assert str(caught.value) == (
        f"{tmp_path}/loop.toml: cannot be read: Too many levels of symbolic links"
    )


def test_text_of_any_language_is_printed_as_it_reads_back(empty):
    config, _ = read_config(empty, ["model.weights=\N{GRINNING FACE}\x7f\u00e9"])
    works(config, empty.with_name("again.toml"))


@pytest.mark.parametrize(
    ("interval", "inside", "outside", "text"),
    [
        (Interval(0, 1, "a share"), [0, 0.5, 1], [-0.1, 1.1, nan, inf, -inf], "a share, 0 to 1"),
        (Interval(0, 1, above=True), [1e-9, 1], [0, nan], "above 0 to 1"),
        (Interval(0, 1, below=True), [0, 0.999], [1, nan], "0 to below 1"),
        (Interval(0, inf), [0, 1e300], [-1, inf, nan], "0 or more"),
        (Interval(0, inf, above=True), [1e300], [0, inf, nan], "above 0"),
        (Interval(1, 10_000), [1, 10_000], [0, 10_001, 10**400], "1 to 10,000"),
    ],
)
def test_intervals(interval, inside, outside, text):
    assert all(map(interval.holds, inside))
    assert not any(map(interval.holds, outside))
    assert str(interval) == text


def test_names():
    assert [str(OneOf(names)) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "'a'", "'a' or 'b'", "'a', 'b' or 'c'"
    ]  # fmt: skip
    assert shown("x" * 100) == f"'{'x' * 56}..."
