"""The commands that write files, each with small inputs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gld_shared.testing import small_image, small_list, small_store
from readers.checkpoints import CONFIGURATION, prepare_checkpoint
from readers.draw import make
from readers.pictures import SPATIAL, prepare_pictures
from readers.tables import prepare_tables

_MANY = [f"p{number}" for number in range(150)]


@dataclass(frozen=True)
class Job:
    """A command that writes ``outputs``; ``varying`` are names of files whose bytes may differ.

    Files below a folder ``kept`` are checked when they are read, so a damaged one may stay.
    ``other`` are arguments of another run on the same output, for pairs that do not agree.
    """

    name: str
    prepare: Callable[[], None]
    line: str
    outputs: tuple[str, ...]
    varying: tuple[str, ...] = ()
    kept: str | None = None
    other: str = ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command line."""
        return tuple(self.line.split())

    @property
    def other_arguments(self) -> tuple[str, ...]:
        """The command line of the run that does not agree."""
        return (*self.arguments, *self.other.split())


def _prepare_photos() -> None:
    small_list(Path("list.tsv"), _MANY)
    for seed, name in enumerate(_MANY):
        small_image(Path("photos") / f"{name}.jpg", seed, (24, 18))


def _prepare_tar() -> None:
    from gld_shared.testing.sources import make_tar

    _prepare_photos()
    photos = {f"{name}.jpg": Path(f"photos/{name}.jpg").read_bytes() for name in _MANY}
    make_tar(Path("photos.tar"), photos)


def _prepare_google() -> None:
    make("gld-lists synthetic raw --landmarks 1 -j 1")


def _prepare_stores() -> None:
    small_store(Path("q.zarr"), [f"q{number}" for number in range(1200)])
    small_store(Path("i.zarr"), _MANY, 1)


def _prepare_stores_and_table() -> None:
    _prepare_stores()
    make("gld-search q.zarr --index i.zarr -k 9 -o n.tsv")


def _prepare_training() -> None:
    prepare_tables()
    text = CONFIGURATION.replace("epochs = 1", "epochs = 3\n[checkpoint]\nevery = 2")
    Path("run.toml").write_text(text)


_EMBED = "gld-embed list.tsv -c pixels:4 -j 1 --images"
_TRAIN = "gld-train list.tsv --config run.toml --images photos --device cpu -j 0 -o t.safetensors"
JOBS = (
    Job("lists split", prepare_tables, "gld-lists split list.tsv --held-out 1 -o parts", ("parts",),
        other="--seed 1"),
    Job("lists google", _prepare_google, "gld-lists google raw -o lists", ("lists",)),
    Job("lists folder", _prepare_photos, "gld-lists folder photos -j 1 -o all.tsv", ("all.tsv",)),
    Job("lists resize", _prepare_photos,
        "gld-lists resize list.tsv --images photos --size 16 -j 1 -o small", ("small",)),
    Job("lists check", _prepare_photos,
        "gld-lists check list.tsv --images photos --tiny 1 -j 1 -o bad.tsv", ("bad.tsv",)),
    Job("embed", _prepare_photos, f"{_EMBED} photos -o e.zarr", ("e.zarr",),
        other="--dtype float32"),
    Job("embed a tar", _prepare_tar, f"{_EMBED} photos.tar -o e.zarr", ("e.zarr",)),
    Job("search", prepare_tables, "gld-search q.zarr --index i.zarr -o s.tsv", ("s.tsv",),
        other="-k 2"),
    Job("search as Zarr", _prepare_stores,
        "gld-search q.zarr --index i.zarr -k 5 -o s.zarr", ("s.zarr",), other="-k 2"),
    Job("search by FAISS", prepare_tables,
        "gld-search q.zarr --index i.zarr --factory Flat --index-file i.faiss -o s.tsv",
        ("s.tsv", "i.faiss"), other="-k 2"),
    Job("rerank", prepare_tables, "gld-rerank expand n.tsv -o s.tsv", ("s.tsv",), other="-k 2"),
    Job("rerank as Zarr", _prepare_stores_and_table,
        "gld-rerank expand n.tsv -k 5 -o s.zarr", ("s.zarr",), other="-k 2"),
    Job("rerank augment", _prepare_stores, "gld-rerank augment q.zarr --top 3 -o a.zarr",
        ("a.zarr",), other="--top 1"),
    Job("rerank spatial", partial(prepare_pictures, 12), f"{SPATIAL} -o s.tsv",
        ("s.tsv", "kept"), kept="kept", other="--weight 0.5"),
    Job("eval", prepare_tables, "gld-eval n.tsv --truth truth.tsv -o s.tsv", ("s.tsv",)),
    Job("whiten", prepare_checkpoint,
        "gld-train whiten m.zarr -c m.safetensors --dim 1 -o w.safetensors", ("w.safetensors",)),
    Job("train", _prepare_training, _TRAIN, ("t.safetensors", "t.run"),
        varying=("t.run/log.tsv", "t.run/curves.png"), other="--seed 1"),
)  # fmt: skip
