"""The configuration: defaults, inheritance, overrides, and the report of mistakes."""

import re
from dataclasses import replace

import pytest
from gld_shared.errors import DataError
from gld_train.config import Config, read_config, write_config
from gld_train.optim.optimizer import OptimConfig
from gld_train.samplers.continent_shares import ContinentsConfig


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="run.toml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write_file


def test_missing_keys_have_their_defaults(write):
    config, files = read_config(write("[optim]\nlr = 1\n"))
    assert config == replace(Config(), optim=OptimConfig(lr=1.0))
    assert [file.name for file in files] == ["run.toml"]


def test_a_byte_order_mark_is_dropped(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("[optim]\r\nlr = 1\r\n", encoding="utf-8-sig")
    assert read_config(path)[0] == replace(Config(), optim=OptimConfig(lr=1.0))


def test_utf_16_is_named_with_the_remedy(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("[optim]\nlr = 1\n", encoding="utf-16")
    with pytest.raises(DataError) as caught:
        read_config(path)
    assert str(caught.value) == (
        f"{path}: UTF-16 text, expected UTF-8; "
        "save it as UTF-8, or convert it with iconv -f UTF-16 -t UTF-8"
    )


def test_base_is_merged_by_key(write):
    write("[optim]\nlr = 0.5\nmomentum = 0.8\n", "below.toml")
    config, files = read_config(write('base = "below.toml"\n[optim]\nlr = 0.1\n'))
    assert (config.optim.lr, config.optim.momentum) == (0.1, 0.8)
    assert [file.name for file in files] == ["run.toml", "below.toml"]


def test_a_file_that_is_its_own_base_is_an_error(write):
    with pytest.raises(DataError, match="its own base"):
        read_config(write('base = "run.toml"\n'))


def test_overrides_take_toml_values_and_bare_words(write):
    config, _ = read_config(
        write(""), ["optim.lr=3e-4", "model.neck=none", "image.mean=[0, 0.5, 1]"]
    )
    assert (config.optim.lr, config.model.neck) == (3e-4, "none")
    assert config.image.mean == (0.0, 0.5, 1.0)


def test_all_mistakes_are_reported_at_once(write):
    path = write('[optim]\nlearning_rate = 1\nmomentum = "x"\n[modle]\n[image]\nmean = [1]\n')
    with pytest.raises(DataError) as caught:
        read_config(path, ["optim.wieght_decay=0", "nonsense"])
    message = str(caught.value)
    for part in (
        "optim.learning_rate: unknown key",
        "did you mean optim.weight_decay?",
        "did you mean model?",
        "optim.momentum: 'x', expected a number",
        "image.mean: [1], expected 3 numbers",
        "--set nonsense: expected section.key=value",
    ):
        assert part in message


def test_values_out_of_range_are_reported_at_once(write):
    with pytest.raises(DataError, match=r"optim\.name.*schedule\.epochs"):
        read_config(write('[optim]\nname = "adam"\n[schedule]\nepochs = 0\nwarmup = 0.0\n'))


def test_invalid_toml_is_an_error_that_names_the_line(write):
    with pytest.raises(DataError, match=r"run\.toml: not TOML.*line 1"):
        read_config(write("[optim\n"))


def test_a_printed_configuration_reads_back(write):
    config, _ = read_config(write(""), ["optim.lr=0.125", "model.weights=random"])
    assert read_config(write(write_config(config), "again.toml"))[0] == config


def test_all_mistakes_in_head_and_losses_are_reported_at_once(write):
    text = """
[head]
kind = "arc"
scale = 0
margin = 2
subcenters = 0
class_weights = "sqrt"
negatives = 0
[margin_by_size]
lowest = 0.6
[triplet]
weight = -1
margin = -1
"""
    with pytest.raises(DataError) as caught:
        read_config(write(text))
    assert str(caught.value).partition("run.toml: ")[2] == "; ".join(
        [
            "head.kind: 'arc', expected 'arcface', 'cosface', 'amsoftmax', 'circle' or 'linear'",
            "head.scale: 0.0, expected a number, above 0",
            "head.margin: 2.0, expected radians, 0 to 1.57",
            "head.subcenters: 0, expected 1 to 1,000",
            "head.class_weights: 'sqrt', expected 'none' or 'log'",
            "head.negatives: 0.0, expected a share of the classes, above 0 to 1",
            "triplet.weight: -1.0, expected a factor, 0 or more",
            "triplet.margin: -1.0, expected a distance of unit vectors, 0 to 2",
            "margin_by_size.lowest: 0.6, expected at most margin_by_size.highest, 0.5",
        ]
    )


def test_a_linear_head_has_neither_centers_nor_margins(write):
    text = '[head]\nkind = "linear"\nsubcenters = 3\n[margin_by_size]\nenabled = true\n'
    with pytest.raises(DataError) as caught:
        read_config(write(text))
    assert str(caught.value).partition("run.toml: ")[2] == (
        "head.subcenters: 3, expected 1, because head.kind is 'linear'; "
        "margin_by_size.enabled: expected false, because head.kind is 'linear'"
    )


def test_all_mistakes_in_data_and_continents_are_reported_at_once(write):
    text = """
[data]
sampler = "random"
batch_size = 32
instances = 5
max_unreadable = -1
[continents]
asia = 0.6
oceania = -0.01
clean = 66
"""
    with pytest.raises(DataError) as caught:
        read_config(write(text))
    assert str(caught.value).partition("run.toml: ")[2] == "; ".join(
        [
            "data.max_unreadable: -1, expected images (0: stop at the first), 0 to 1,000,000,000",
            "continents.oceania: -0.01, expected a share, 0 to 1",
            "continents.clean: 66.0, expected a share, 0 to 1",
            "data.sampler: 'random', expected 'shuffle', 'id_uniform', 'image_uniform' or "
            "'continent'",
            "data.instances: 5, expected a divisor of data.batch_size, 32",
            "continents: shares sum to 1.08, expected 1",
        ]
    )


def test_the_shares_of_the_continents_are_the_recipes():
    assert ContinentsConfig().ratios() == {
        "Asia": 0.5,
        "Europe": 0.2,
        "Africa": 0.15,
        "North America": 0.1,
        "South America": 0.02,
        "Antarctica": 0.01,
        "Oceania": 0.01,
        "OTHER": 0.01,
    }


def test_all_mistakes_in_augment_are_reported_at_once(write):
    values = "flip = 2 erase = 2 color_jitter = 2 randaugment = -1 augmix = 2 padding = -1"
    values += " jitter = 2 operations = 0 magnitude = 31 severity = 11"
    text = "[augment]\n" + re.sub(r" (?=[a-z])", "\n", values)
    with pytest.raises(DataError) as caught:
        read_config(write(text))
    probability = "expected a probability, 0 to 1"
    assert str(caught.value).partition("run.toml: ")[2] == "; ".join(
        [
            f"augment.flip: 2.0, {probability}",
            "augment.padding: -1, expected pixels, 0 to 16,384",
            f"augment.erase: 2.0, {probability}",
            f"augment.color_jitter: 2.0, {probability}",
            "augment.jitter: 2.0, expected 0 to 1",
            f"augment.randaugment: -1.0, {probability}",
            "augment.operations: 0, expected 1 to 100",
            "augment.magnitude: 31, expected 0 to 30",
            f"augment.augmix: 2.0, {probability}",
            "augment.severity: 11, expected 1 to 10",
        ]
    )
