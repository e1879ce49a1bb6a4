"""Weight files as people have them: any format under any name, and files without weights."""

import argparse
import gzip
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_shared.checkpoint import is_checkpoint
from gld_shared.errors import DataError
from gld_shared.networks.weights.files import read_state_dicts
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

AGAIN = "copy or download it again"
EXPECTED = "expected weights as torch.save or safetensors write them"
TENSORS = {"conv1.weight": torch.arange(12.0).reshape(3, 4), "conv1.bias": torch.ones(3)}


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("ran",)


def saved(value: object, **options: object) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream, **options)
    return stream.getvalue()


def script() -> bytes:
    """The names in an archive of torch.jit.save; it also holds the program."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("data.pkl", "code/net.py", "constants.pkl"):
            archive.writestr(f"net/{name}", b"")
    return stream.getvalue()


ARCHIVE, SAFETENSORS = saved(TENSORS), save(TENSORS)
LEGACY = saved(TENSORS, _use_new_zipfile_serialization=False)
FORMATS = {"archive": ARCHIVE, "legacy": LEGACY, "safetensors": SAFETENSORS}


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors", "w"])
@pytest.mark.parametrize("kind", FORMATS)
def test_the_content_decides_the_format(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FORMATS[kind])
    (found,) = read_state_dicts(str(path)).values()
    assert found.keys() == TENSORS.keys()
    assert all(torch.equal(found[key], TENSORS[key]) for key in TENSORS)


def test_data_of_a_training_script_beside_the_tensors(tmp_path: Path) -> None:
    data = {
        "args": argparse.Namespace(lr=0.1, folder=Path("runs")),
        "best": np.float64(0.5),
        "model": TENSORS,
        "optimizer": {"state": {0: {"momentum": torch.zeros(3)}}},
    }
    path = tmp_path / "last.pth"
    path.write_bytes(saved(data))
    assert list(read_state_dicts(str(path))) == ["model", "optimizer.state.0"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not is_checkpoint(tmp_path / "pipe")
    with pytest.raises(DataError) as caught:
        read_state_dicts(str(tmp_path / "pipe"))
    assert str(caught.value) == f"{tmp_path}/pipe: a pipe or a device, expected a file of weights"


@pytest.mark.filterwarnings("error")
def test_torch_does_not_warn_of_the_protocol_of_a_pickle(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(saved(TENSORS, pickle_protocol=3))
    (found,) = read_state_dicts(str(path)).values()
    assert found.keys() == TENSORS.keys()


def objects(name: str) -> str:
    return (
        f"holds Python objects ({name}), as in a pickle of a whole model, which may run code when "
        "read; where it was made, save the tensors alone: "
        "torch.save(model.state_dict(), 'weights.pth')"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", f"empty; {AGAIN}"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 102\n",
            "a Git LFS pointer in place of the file; run `git lfs pull` in its repository, "
            "or download the file itself",
        ),
        (
            b"\n<!DOCTYPE html><html><head><title>Sign in</title></head></html>",
            "a web page, as servers send it in place of a file; download the file again by its "
            "direct link, logged in if the server asks for it",
        ),
        (gzip.compress(ARCHIVE), "compressed; unpack it with gunzip"),
        (b"\x89HDF\r\n\x1a\n\0", f"an HDF5 file, as Keras writes it; {EXPECTED}"),
        (b'{"abcd":{"lr": 0.1}}\n', f"a text file; {EXPECTED}"),
        (b"\xff\xfe\0\1", f"an unknown format; {EXPECTED}"),
        (pickle.dumps({"w": np.ones(3)}), f"a pickle, but not one of torch.save; {EXPECTED}"),
        (
            saved(TENSORS, pickle_protocol=4),
            "damaged, or pickled with another protocol than torch.save's own; "
            "copy or save it again",
        ),
        (ARCHIVE[:-30], f"a file of torch.save, cut short or damaged; {AGAIN}"),
        (
            LEGACY[:100],
            "damaged, or pickled with another protocol than torch.save's own; "
            "copy or save it again",
        ),
        (SAFETENSORS[:-10], f"a safetensors file cut short, 194 of 204 bytes; {AGAIN}"),
        (SAFETENSORS[:90], f"a safetensors file cut short, 90 of 144 bytes; {AGAIN}"),
        (
            SAFETENSORS.replace(b"F32", b"X32"),
            "a damaged safetensors file (Error while deserializing header: invalid JSON in header: "
            "unknown variant `X32`, expected one of ",
        ),
        (
            SAFETENSORS.replace(b"}}", b"}]"),
            "a damaged safetensors file: header: not JSON: Expecting ',' delimiter: line 1 "
            f"column 132 (char 131); {AGAIN}",
        ),
        (
            SAFETENSORS.replace(b"data_offsets", b"data_OFFSETS"),
            'a damaged safetensors file: header: ["conv1.bias"].data_offsets: missing, '
            f"expected a list of 2 integers; {AGAIN}",
        ),
        (
            script(),
            "a TorchScript program; save its tensors alone: "
            "torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth')",
        ),
        (saved(torch.nn.Linear(2, 2)), objects("torch.nn.modules.linear.Linear")),
        (saved({"conv1.weight": Evil()}), objects("posix.mkdir")),
        (saved([1, 2]), "holds a list, expected a state dictionary"),
        (saved({"epoch": 3}), "holds no tensors, expected a state dictionary"),
    ],
)
def test_a_file_that_holds_no_weights(
    content: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("w.pth").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_state_dicts("w.pth")
    if message.endswith("expected one of "):  # then safetensors lists all its types
        assert str(caught.value).startswith(f"w.pth: {message}")
    else:
        assert str(caught.value) == f"w.pth: {message}"
    assert not Path("ran").exists()


def test_archives_of_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "arrays.npz"
    np.savez(path, weight=np.ones(3))
    with pytest.raises(DataError) as caught:
        read_state_dicts(str(path))
    assert str(caught.value) == (f"{path}: a zip archive without weights of torch.save; {EXPECTED}")


def test_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_state_dicts(str(tmp_path))
    assert str(caught.value) == f"{tmp_path}: a folder; name the file of weights in it"
    with pytest.raises(DataError) as caught:
        read_state_dicts(f"{tmp_path}/none.pth")
    assert str(caught.value) == (
        f"{tmp_path}/none.pth: not found; expected weights as .pth or .safetensors"
    )


@pytest.fixture(scope="module")
def damaged_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "w.pth"


@given(
    kind=st.sampled_from(sorted(FORMATS)),
    start=st.integers(0, 2000),
    damage=st.binary(max_size=20),
    cut=st.booleans(),
)
def test_a_damaged_file_never_shows_torchs_advice(
    damaged_file: Path, kind: str, start: int, damage: bytes, cut: bool
) -> None:
    whole = FORMATS[kind]
    start %= len(whole)
    end = len(whole) if cut else start + len(damage)
    damaged_file.write_bytes(whole[:start] + damage + whole[end:])
    try:
        read_state_dicts(str(damaged_file))
    except DataError as error:
        assert str(error).startswith(f"{damaged_file}: ")
        assert "weights_only" not in str(error)
        assert "\n" not in str(error)
