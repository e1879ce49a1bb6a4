"""The part of a weight file that fits a network, under any wrappers and prefixes."""

from pathlib import Path

import pytest
import torch
from gld_shared.errors import DataError
from gld_shared.networks import build, load_weights
from gld_shared.networks.weights.prefixes import choose
from hypothesis import given
from hypothesis import strategies as st

NETWORK = build({"backbone": "test_resnet", "dim": 8})
STATE = {key: value.clone() for key, value in NETWORK.backbone.state_dict().items()}
HEAD = {"fc.weight": torch.zeros(10, 64)}


def under(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {prefix + key: value for key, value in tensors.items()}


def loaded(
    folder: Path, content: object, caplog: pytest.LogCaptureFixture
) -> tuple[list[str], list[str]]:
    """Load a file into a bare backbone; return the log's lines and the unused keys."""
    path = folder / "w.pth"
    torch.save(content, path)
    bare = build({"backbone": "test_resnet", "neck": "none"})
    caplog.clear()
    report = load_weights(bare, str(path))
    assert report.missing == []
    torch.testing.assert_close(dict(bare.backbone.state_dict()), STATE)
    return [line.removeprefix(f"{path}: ") for line in caplog.messages], report.unused


@pytest.mark.parametrize(
    "prefix",
    [
        *(
            "module.",
            "_orig_mod.",
            "module._orig_mod.",
            "model.",
            "encoder.",
            "backbone._orig_mod.",
        ),
        *("base.", "student.net.", "any.0.name."),
    ],
)
def test_a_prefix_of_all_names(
    prefix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log, unused = loaded(tmp_path, under(prefix, STATE | HEAD), caplog)
    assert log == [f"prefix {prefix!r} removed from its tensors' names"]
    assert unused == ["fc.weight"]


@pytest.mark.parametrize(
    "wrappers",
    [
        *("state_dict", "model_state_dict", "net", "ema", "model", "state_dict_ema", "anything"),
        *("checkpoint model", "run 0 ema"),
    ],
)
def test_a_wrapper_around_the_names(
    wrappers: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content: object = STATE | HEAD
    for key in reversed(wrappers.split()):
        content = {"epoch": 3, key: content, "optimizer": {"state": {0: {"m": torch.zeros(3)}}}}
    assert loaded(tmp_path, content, caplog) == ([], ["fc.weight"])


def test_names_of_an_own_checkpoint_keep_their_prefix(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert loaded(tmp_path, under("backbone.", STATE), caplog) == ([], [])
    log, _ = loaded(tmp_path, under("student.backbone.", STATE), caplog)
    assert log == ["prefix 'student.' removed from its tensors' names"]


def test_two_parts_that_fit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    averaged = {key: value + 1 for key, value in STATE.items()} | {"count": torch.ones(1)}
    assert loaded(tmp_path, {"model": STATE, "ema": averaged}, caplog)[0] == [
        "uses its part 'model'; 'ema' fits as well, and is used when saved as a file of its own"
    ]
    contrast = {
        "state_dict": {
            **under("module.encoder_q.", STATE),
            **under("module.encoder_k.", STATE),
            "module.queue": torch.zeros(8, 4),
        }
    }
    assert loaded(tmp_path, contrast, caplog)[0] == [
        "prefix 'module.encoder_q.' removed from its tensors' names",
        "uses its part 'state_dict.module.encoder_q'; 'state_dict.module.encoder_k' fits as well, "
        "and is used when saved as a file of its own",
    ]


def test_the_part_whose_shapes_fit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A teacher of the same names, but twice as wide, comes first in the file."""
    wide = {key: value.repeat(2, *[1] * (value.ndim - 1)) if value.ndim else value
            for key, value in STATE.items()}  # fmt: skip
    assert loaded(tmp_path, {"teacher": wide, "student": STATE}, caplog) == ([], [])


def test_the_neck_lies_outside_the_backbones_prefix() -> None:
    neck = NETWORK.neck.state_dict()
    file = under("module.model.base.", STATE) | under("module.model.fcneck_", neck)
    file = {
        key.replace("fcneck_linear", "fcneck").replace("fcneck_bn", "fcneck_bn"): value
        for key, value in file.items()
    }
    choice = choose({"": file}, NETWORK, NETWORK.backbone)
    assert choice.prefix == "module.model.base."
    assert list(choice.tensors) == [*STATE, *(f"neck.{key}" for key in neck)]


@pytest.mark.parametrize("name", ["other", "shapes"])
def test_a_file_of_which_nothing_fits(name: str, tmp_path: Path) -> None:
    content = {
        "other": {"a.weight": torch.zeros(2, 3), "a.bias": torch.zeros(2)},
        "shapes": under("module.", {key: value[..., None] for key, value in STATE.items()}),
    }[name]
    holds = {
        "other": "2 tensors fits the network's 90 in name and shape; "
        "it has a.weight [2, 3], a.bias [2]",
        "shapes": "90 tensors fits the network's 90 in name and shape; "
        "it has conv1.0.weight [16, 3, 3, 3, 1], conv1.1.weight [16, 1], conv1.1.bias [16, 1] "
        "and 87 more",
    }[name]
    path = tmp_path / "w.pth"
    torch.save(content, path)
    with pytest.raises(DataError) as caught:
        load_weights(build({"backbone": "test_resnet", "neck": "none"}), str(path))
    assert str(caught.value) == (
        f"{path}: none of its {holds}; the network has conv1.0.weight [16, 3, 3, 3], "
        "conv1.1.weight [16], conv1.1.bias [16] and 87 more; name the backbone that the file is for"
    )


def test_a_few_names_that_fit_by_chance_are_no_prefix(tmp_path: Path) -> None:
    by_chance = {key: value for key, value in STATE.items() if key.startswith("layer1.")}
    path = tmp_path / "w.pth"
    torch.save(under("encoder.stage.", by_chance), path)
    with pytest.raises(DataError, match=r"none of its \d+ tensors fits .* it has encoder\.stage\."):
        load_weights(build({"backbone": "test_resnet", "neck": "none"}), str(path))


words = st.from_regex(r"[a-z_]{1,8}[0-9]?", fullmatch=True)


@given(
    prefix=st.lists(words, max_size=4),
    place=st.lists(words, max_size=3),
    noise=st.dictionaries(words, st.integers(1, 4), max_size=3),
)
def test_any_prefix_and_nesting_give_the_same_tensors(
    prefix: list[str], place: list[str], noise: dict[str, int]
) -> None:
    front = "".join(f"{word}." for word in prefix)
    other = {word: torch.zeros(size) for word, size in noise.items()}
    file = under(front, STATE) | {key: value for key, value in other.items() if key not in STATE}
    dicts = {".".join(place): file, "another": other or {"x": torch.zeros(1)}}
    choice = choose(dicts, NETWORK, NETWORK.backbone)
    assert all(choice.tensors[key] is value for key, value in STATE.items())
    assert choice.others == []
