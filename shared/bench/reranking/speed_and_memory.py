"""``python shared/bench/reranking/speed_and_memory.py [--images N ...]``: all figures of reranking.

Runs one after the other what measures a part: ratios to the recipe's loops and to the limit, at
three sizes; first runs, which compile; k-reciprocal neighbours up to a million images; every method
as a command, its seconds and memory, at three sizes of index. About an hour on two quiet cores.
"""

import argparse
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent.parent
IMAGES = (7_896, 78_959, 761_757)


def main() -> None:
    """Run each part in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    parser.add_argument("--images", nargs="+", type=int, default=IMAGES, help="sizes of the index")
    images = [str(count) for count in parser.parse_args().images]
    for title, script, *arguments in (
        ("Ratios", "run.py", "landmark", "reciprocal", "spatial"),
        ("First runs", "reranking/first_runs.py"),
        ("k-reciprocal neighbours by size", "reranking/reciprocal_sizes.py"),
        ("Every method by size", "global_methods.py", "--images", *images),
    ):
        print(f"\n{title}\n", flush=True)
        subprocess.run([sys.executable, BENCH / script, *arguments], check=True)


if __name__ == "__main__":
    main()
