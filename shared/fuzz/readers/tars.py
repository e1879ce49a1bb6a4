"""Readers of tar archives of images, local ones."""

import tarfile
from collections.abc import Callable
from pathlib import Path
from random import Random

from gld_shared.testing import small_list
from gld_shared.testing.sources import make_linked_tar, make_tar
from mutations.raw_bytes import RAW_BYTES, empty
from mutations.tar import TAR
from running.attempt import Attempt, Clean
from running.examine import Reader

from readers.draw import ANYTHING, command, either, from_files
from readers.tables import IDS, prepare_tables

_FORMS = {"gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT, "ustar": tarfile.USTAR_FORMAT}


def _prepare() -> None:
    prepare_tables()
    small_list(Path("two.tsv"), IDS[:4])
    photos = {f"{name}.jpg": Path(f"photos/{name}.jpg").read_bytes() for name in IDS[:4]}
    for name, form in _FORMS.items():
        make_tar(Path(f"{name}.tar"), {**photos, "d" * 90 + "/" + "é" * 30: b"x"}, form)
    first, *others = photos.items()
    make_linked_tar(Path("linked.tar"), *others, ("a.jpg", first[1]), (first[0], "hard", "a.jpg"))


def _tar(name: str) -> tuple[float, Callable[[Random, Clean], Attempt]]:
    line = f"gld-embed two.tsv -c pixels:4 --images {name}.tar -j 1 -o e.zarr"
    commands = [
        command(line, outputs=["e.zarr"], kept=["e.zarr.partial", "e.zarr.work"]),
        command(
            f"{line} --skip-unreadable",
            outputs=["e.zarr", "e.unreadable.tsv"],
            kept=["e.zarr.partial", "e.zarr.work"],
        ),
        command(f"gld-lists check two.tsv --images {name}.tar"),
    ]
    return 1.0, from_files(
        lambda _: [f"{name}.tar"], (*TAR, *TAR, *RAW_BYTES, empty), commands, special=ANYTHING
    )


TARS = (Reader("tars", 25, _prepare, either(*(_tar(name) for name in (*_FORMS, "linked")))),)
