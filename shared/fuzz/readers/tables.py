"""Readers of tables: lists, truth and neighbours, plain and compressed; histories by --verify."""

import gzip
from functools import partial
from pathlib import Path

from backports import zstd
from gld_shared.testing import small_image, small_list, small_neighbours, small_store, small_truth
from mutations.json_text import json_header
from mutations.lines import LINES
from mutations.raw_bytes import RAW_BYTES, empty
from running.attempt import Clean
from running.examine import Reader

from readers.draw import NOT_ENDLESS, command, either, from_files, make

IDS = [f"x{number}" for number in range(12)]
TABLE_MUTATIONS = (*LINES, *LINES, json_header, json_header, json_header, *RAW_BYTES, empty)
EMBED = command(
    "gld-embed list.tsv -c pixels:4 --images photos -o e.zarr",
    outputs=["e.zarr"],
    kept=["e.zarr.partial", "e.zarr.work"],
)
LISTS = (
    command("gld-lists stats list.tsv"),
    command("gld-lists sample list.tsv --share 0.5"),
    command("gld-lists split list.tsv --held-out 1 -o parts", outputs=["parts"]),
    command("gld-lists truth --queries list.tsv --index index.tsv"),
    command("gld-lists check list.tsv --images photos"),
    command("gld-lists duplicates list.tsv --images photos"),
    command("gld-lists resize list.tsv --images photos --size 16 -o small", ["small"], ["small"]),
    EMBED,
)


def prepare_tables() -> None:
    """Make a list with photographs, stores, neighbours and the truth."""
    small_list(Path("list.tsv"), IDS)
    small_list(Path("index.tsv"), IDS)
    for seed, name in enumerate(IDS):
        small_image(Path("photos") / f"{name}.jpg", seed, (24, 18))
    queries = small_store(Path("q.zarr"), ["a", "b"], seed=1)
    index = small_store(Path("i.zarr"), IDS)
    small_neighbours(Path("n.tsv"), queries, index, IDS[:5])
    small_truth(Path("truth.tsv"), "a", IDS[:2])


def _prepare_chain() -> None:
    prepare_tables()
    make("gld-lists split list.tsv --held-out 1 -o parts")
    make("gld-embed parts/queries.tsv -c pixels:4 --images photos -o pq.zarr")
    make("gld-embed parts/index.tsv -c pixels:4 --images photos -o pi.zarr")
    make("gld-search pq.zarr --index pi.zarr -o found.tsv")
    make("gld-eval found.tsv --truth parts/truth.tsv -o scores.tsv")


def _prepare_compressed() -> None:
    prepare_tables()
    for name in ("list.tsv", "truth.tsv", "n.tsv"):
        Path(f"{name}.gz").write_bytes(gzip.compress(Path(name).read_bytes()))
        checked = {int(zstd.CompressionParameter.checksum_flag): 1}
        Path(f"{name}.zst").write_bytes(zstd.compress(Path(name).read_bytes(), options=checked))


_COMPRESSED = {
    "list.tsv": "gld-lists stats list.tsv",
    "n.tsv": "gld-lists submission n.tsv",
    "truth.tsv": "gld-eval n.tsv --truth truth.tsv",
}


def _compressed(ending: str) -> Reader:
    choices = [
        (1.0, from_files(partial(_only, f"{table}.{ending}"), RAW_BYTES,
                         [command(f"{line}.{ending}")], protected=True))
        for table, line in _COMPRESSED.items()
    ]  # fmt: skip
    return Reader(f"compressed tables ({ending})", 20, _prepare_compressed, either(*choices))


def _only(name: str, clean: Clean) -> list[str]:
    return [name]


TABLES = (
    Reader("list", 60, prepare_tables, from_files(lambda _: ["list.tsv"], TABLE_MUTATIONS, LISTS)),
    Reader(
        "truth",
        50,
        prepare_tables,
        from_files(
            lambda _: ["truth.tsv"],
            TABLE_MUTATIONS,
            [
                command("gld-eval n.tsv --truth truth.tsv"),
                command("gld-eval n.tsv --truth truth.tsv --per-query --format json"),
                command("gld-eval n.tsv --truth truth.tsv --protocol trec"),
                command("gld-eval n.tsv --truth truth.tsv --explain"),
            ],
        ),
    ),
    Reader(
        "neighbours",
        50,
        prepare_tables,
        from_files(
            lambda _: ["n.tsv"],
            TABLE_MUTATIONS,
            [
                command("gld-eval n.tsv --truth truth.tsv"),
                command("gld-eval n.tsv --truth truth.tsv --explain"),
                command("gld-eval n.tsv --report r.html", outputs=["r.html"]),
                command("gld-rerank expand n.tsv"),
                command("gld-lists submission n.tsv"),
            ],
        ),
    ),
    Reader(
        "history (--verify)",
        50,
        _prepare_chain,
        from_files(
            lambda _: ["scores.tsv", "found.tsv", "parts/truth.tsv", "parts/index.tsv"],
            (json_header, json_header, json_header, *RAW_BYTES),
            [command("gld-eval --verify scores.tsv"), command("gld-eval --verify found.tsv")],
            special=NOT_ENDLESS,
        ),
    ),
    _compressed("gz"),
    _compressed("zst"),
)
