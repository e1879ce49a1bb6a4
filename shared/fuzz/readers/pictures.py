"""Photographs with corners, two of each place, and their neighbours in themselves."""

from pathlib import Path

import numpy as np
from gld_shared.testing import small_list, small_store

from readers.draw import make

SPATIAL = (
    "gld-rerank spatial n.tsv --images photos --list list.tsv --query-list list.tsv --top 3 -j 1 "
    "--keypoints kept"
)


def prepare_pictures(places: int) -> None:
    """Make ``photos``, ``list.tsv``, ``i.zarr`` and ``n.tsv``, for which SPATIAL is written."""
    from PIL import Image

    names = [f"p{number}" for number in range(2 * places)]
    small_list(Path("list.tsv"), names)
    Path("photos").mkdir()
    for place in range(places):
        blocks = np.random.default_rng(place).integers(0, 256, (9, 12, 3), dtype=np.uint8)
        picture = Image.fromarray(blocks).resize((96, 72), Image.Resampling.NEAREST)
        for number, size in enumerate(((96, 72), (84, 60))):
            picture.resize(size).save(f"photos/{names[2 * place + number]}.jpg")
    small_store(Path("i.zarr"), names)
    make("gld-search i.zarr --index i.zarr -k 4 -o n.tsv")
