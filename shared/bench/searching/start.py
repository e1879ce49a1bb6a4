"""5 queries and 849 images: the start of the command."""

import shutil
import subprocess
import sys
from functools import partial

from measure import OURS, PLAIN, Benchmark
from storing.stores import make_folder

from searching.inputs import queries_and_index
from searching.variants import COMMAND_NOTE, command

QUERIES, IMAGES = 5, 849
IMPORTS = [sys.executable, "-c", "import click, numpy, polars"]


def benchmark() -> Benchmark:
    """Search by the command."""
    folder = make_folder()
    queries_and_index(folder, QUERIES, IMAGES)
    variants = {
        OURS: partial(command, folder),
        PLAIN: partial(subprocess.run, IMPORTS, check=True),
    }
    notes = {OURS: COMMAND_NOTE, PLAIN: "python: import click, numpy, polars"}
    name = f"search of {QUERIES} x {IMAGES}"
    close = partial(shutil.rmtree, folder)
    return Benchmark(name, "queries", QUERIES, variants, notes, {(OURS, PLAIN): 0.3}, close)
