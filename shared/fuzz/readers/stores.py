"""Readers of stores, of neighbours as Zarr and of neighbours' stores: every file of each."""

from mutations.json_text import json_file
from mutations.raw_bytes import RAW_BYTES, empty
from running.attempt import Clean
from running.examine import Reader

from readers.draw import ANYTHING, command, either, from_files, make
from readers.tables import EMBED, prepare_tables


def _prepare() -> None:
    prepare_tables()
    make("gld-embed list.tsv -c pixels:4 --images photos -o e.zarr")
    make("gld-embed list.tsv -c pixels:4 --images photos --dtype float32 -o f.zarr")
    make("gld-search e.zarr --index f.zarr -o n2.tsv")
    make("gld-search q.zarr --index i.zarr -k 5 -o n.zarr")


def _metadata(clean: Clean) -> list[str]:
    return [name for name in clean if ".zarr/" in name and name.endswith(".json")]


def _chunks(clean: Clean) -> list[str]:
    return [name for name in clean if ".zarr/" in name and not name.endswith(".json")]


_COMMANDS = (
    command("gld-search q.zarr --index i.zarr"),
    command("gld-search e.zarr --index f.zarr"),
    command("gld-rerank expand n.tsv"),
    command("gld-rerank expand n2.tsv"),
    command("gld-eval n.zarr --truth truth.tsv"),
    command("gld-rerank expand n.zarr"),
    command("gld-lists submission n.zarr"),
    EMBED,
)
STORES = (
    Reader(
        "store",
        40,
        _prepare,
        either(
            (2, from_files(_metadata, (json_file,), _COMMANDS, protected=True, special=ANYTHING)),
            (1, from_files(_metadata, RAW_BYTES, _COMMANDS, protected=True, special=ANYTHING)),
            (
                2,
                from_files(
                    _chunks, (*RAW_BYTES, empty), _COMMANDS, protected=True, special=ANYTHING
                ),
            ),
        ),
    ),
)
