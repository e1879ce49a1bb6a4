"""Readers of the official files of Google Landmarks v2."""

from pathlib import Path

from mutations.json_text import json_file
from mutations.lines import LINES
from mutations.raw_bytes import RAW_BYTES, empty
from running.attempt import Clean
from running.examine import Reader

from readers.draw import command, either, from_files

_COMMANDS = (
    command("gld-lists google raw -o lists", outputs=["lists"]),
    command("gld-lists google raw -o lists", outputs=["lists"]),
    command("gld-lists truth --solution raw/test/retrieval_solution_v2.1.csv"),
    command("gld-lists expand raw --competition raw/test/test.csv"),
)


def _prepare() -> None:
    from gld_lists.synthetic.metadata_files import write_metadata
    from gld_lists.synthetic.plan import make_plan

    write_metadata(Path("raw"), make_plan(2, seed=0))


def _csv(clean: Clean) -> list[str]:
    return [name for name in clean if name.endswith(".csv")]


def _json(clean: Clean) -> list[str]:
    return [name for name in clean if name.endswith(".json")]


OFFICIAL_FILES = (
    Reader(
        "official CSVs and JSON",
        45,
        _prepare,
        either(
            (3, from_files(_csv, (*LINES, *LINES, *RAW_BYTES, empty), _COMMANDS)),
            (1, from_files(_json, (json_file, json_file, json_file, *RAW_BYTES), _COMMANDS)),
        ),
    ),
)
