"""Readers of searches that are kept: graphs, tags, index files, keypoints and inliers."""

from functools import partial
from pathlib import Path

from gld_shared.testing import small_list, small_store
from mutations.json_text import json_file
from mutations.raw_bytes import RAW_BYTES, empty
from running.attempt import Clean, Command
from running.examine import Reader

from readers.draw import ANYTHING, command, either, from_files, make
from readers.pictures import SPATIAL, prepare_pictures
from readers.tables import TABLE_MUTATIONS, prepare_tables

_LANDMARK = "gld-rerank landmark n.tsv --reference r.zarr --labels labels.tsv"
_INDEX_FILE = "gld-search q.zarr --index i.zarr --index-file i.faiss"
_TABLES = ("graph.tsv", "references.tsv", "tags.tsv", "query-tags.tsv")


def _prepare_graphs() -> None:
    prepare_tables()
    references = [f"r{number}" for number in range(32)]
    small_list(Path("labels.tsv"), references)
    small_store(Path("r.zarr"), references, seed=2)
    for form in ("tsv", "zarr"):
        make(f"gld-search i.zarr --index i.zarr -o graph.{form}")
        make(f"gld-search r.zarr --index r.zarr -k 30 -o references.{form}")
        make(f"gld-search i.zarr --index r.zarr --keep-self -k 1 -o tags.{form}")
        make(f"gld-search q.zarr --index r.zarr --keep-self -k 30 -o query-tags.{form}")


def _reading_graphs(form: str) -> list[Command]:
    return [
        command(f"{_LANDMARK} --tags tags.{form} --query-tags query-tags.{form}"),
        command(f"{_LANDMARK} --graph references.{form}"),
        command(f"gld-rerank diffuse n.tsv --graph graph.{form}"),
        command(f"gld-rerank augment i.zarr --graph graph.{form} -o a.zarr", outputs=["a.zarr"]),
    ]


def _arrays(ending: str, clean: Clean) -> list[str]:
    folders = tuple(name.replace(".tsv", ".zarr/") for name in _TABLES)
    return [name for name in clean if name.startswith(folders) and name.endswith(ending)]


def _prepare_index_file() -> None:
    prepare_tables()
    make(f"{_INDEX_FILE} --factory Flat")


def _prepare_keypoints() -> None:
    prepare_pictures(places=4)
    make(SPATIAL)


def _kept(clean: Clean) -> list[str]:
    return [name for name in clean if name.startswith("kept/")]


KEPT_SEARCHES = (
    Reader(
        "graphs and tags",
        40,
        _prepare_graphs,
        either(
            (2, from_files(lambda _: _TABLES, TABLE_MUTATIONS, _reading_graphs("tsv"))),
            (1, from_files(partial(_arrays, ".json"), (json_file,), _reading_graphs("zarr"),
                           protected=True, special=ANYTHING)),
            (1, from_files(partial(_arrays, ""), (*RAW_BYTES, empty), _reading_graphs("zarr"),
                           protected=True, special=ANYTHING)),
        ),
    ),
    Reader(
        "index files",
        15,
        _prepare_index_file,
        either(
            (1, from_files(lambda _: ["i.faiss"], (*RAW_BYTES, empty), [command(_INDEX_FILE)],
                           protected=True, special=ANYTHING)),
            (2, from_files(lambda _: ["i.faiss.json"], (json_file, json_file, *RAW_BYTES, empty),
                           [command(_INDEX_FILE)], protected=True, special=ANYTHING)),
        ),
    ),
    Reader(
        "keypoints and inliers",
        15,
        _prepare_keypoints,
        from_files(_kept, (*RAW_BYTES, empty), [command(SPATIAL)], protected=True),
    ),
)  # fmt: skip
