"""Readers of checkpoints and of plain weights."""

from pathlib import Path

from mutations.raw_bytes import RAW_BYTES, empty
from mutations.safetensors import SAFETENSORS
from running.examine import Reader

from readers.draw import ANYTHING, command, either, from_files, make
from readers.tables import prepare_tables

CONFIGURATION = """
[model]
backbone = "test_resnet"
weights = "random"
dim = 8
[image]
size = 32
[data]
batch_size = 4
[schedule]
epochs = 1
"""
_EMBED = "gld-embed two.tsv --images photos --size 32 --device cpu -j 1 -o e.zarr -c "
_WRITES = {"outputs": ["e.zarr"], "kept": ["e.zarr.partial", "e.zarr.work"]}


def prepare_checkpoint() -> None:
    """Train a small network for one epoch, and save its backbone as plain weights."""
    import torch
    from gld_shared.testing import small_list
    from safetensors.torch import load_file

    prepare_tables()
    Path("run.toml").write_text(CONFIGURATION)
    small_list(Path("two.tsv"), ["x0", "x1"])
    make("gld-train list.tsv --config run.toml --images photos --device cpu -j 0 -o m.safetensors")
    make(f"{_EMBED}m.safetensors")
    Path("e.zarr").rename("m.zarr")
    backbone = {
        name.removeprefix("backbone."): tensor
        for name, tensor in load_file("m.safetensors").items()
        if name.startswith("backbone.")
    }
    torch.save(backbone, "plain.pth")


CHECKPOINTS = (
    Reader(
        "checkpoint",
        32,
        prepare_checkpoint,
        either(
            (
                5,
                from_files(
                    lambda _: ["m.safetensors"],
                    (*SAFETENSORS, *SAFETENSORS, *RAW_BYTES, empty),
                    [
                        command(f"{_EMBED}m.safetensors", **_WRITES),
                        command(
                            "gld-train whiten m.zarr -c m.safetensors --dim 1 -o w.safetensors",
                            outputs=["w.safetensors"],
                        ),
                    ],
                    special=ANYTHING,
                ),
            ),
            (
                1,
                from_files(
                    lambda _: ["plain.pth"],
                    RAW_BYTES,
                    [command(f"{_EMBED}plain.pth --backbone test_resnet", **_WRITES)],
                    special=ANYTHING,
                ),
            ),
        ),
    ),
)
