"""``python shared/bench/graph_time.py [--images N] [--units N]``: the time of a whole graph.

A store's graph is made in units of 512 to 4,096 images. The first unit is measured, which also
verifies all chunks, and others spread over the store; the time of all units is computed from these.
"""

import argparse
import os
import shutil
import statistics
import time

import numpy as np
from gld_search import Search
from gld_shared.neighbours.spec import queries_per_chunk
from searching.inputs import DIMENSION, random_store
from storing.stores import make_folder

IMAGES, UNITS, K = 1_000_000, 5, 30


def main() -> None:
    """Measure units in a folder that is removed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    parser.add_argument("--images", type=int, default=IMAGES, help="images of the store")
    parser.add_argument("--units", type=int, default=UNITS, help="units to measure, at least 2")
    chosen = parser.parse_args()
    folder = make_folder()
    try:
        store = random_store(folder / "store.zarr", chosen.images)
        measure(Search([store], [store], K), max(chosen.units, 2))
    finally:
        shutil.rmtree(folder)


def measure(search: Search, wanted: int) -> None:
    """Measure some units of a search, one after the other; print each, and what follows."""
    size = queries_per_chunk(search.n, K)
    units = [range(start, min(start + size, search.n)) for start in range(0, search.n, size)]
    print(
        f"{search.n:,} images x {DIMENSION} values, k {K}: {len(units)} units of {size:,} images; "
        f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}"
    )
    numbers = sorted({round(place) for place in np.linspace(0, len(units) - 1, wanted)})
    spent = {number: timed(search, units[number]) for number in numbers}
    for number, (wall, cores) in spent.items():
        print(f"unit {number + 1}: {wall:.2f} s, {cores:.2f} s of a core")
    first, *others = spent.values()
    if not others:
        return
    for name, at in (("of the clock", 0), ("of a core", 1)):
        own = [each[at] for each in others]
        whole = first[at] + statistics.mean(own) * (len(units) - 1)
        print(
            f"all units: {whole / 60:.1f} min {name}, computed from {len(spent)} of "
            f"{len(units)} units; those after the first took {min(own):.2f} to {max(own):.2f} s"
        )


def timed(search: Search, unit: range) -> tuple[float, float]:
    """Find a unit's neighbours; return the seconds of the clock, and of all cores."""
    wall, cores = time.perf_counter(), time.process_time()
    search.find(unit)
    return time.perf_counter() - wall, time.process_time() - cores


if __name__ == "__main__":
    main()
