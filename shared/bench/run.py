"""``python shared/bench/run.py [ENTRY ...] [--device D] [--rounds N] [-o FILE]``: `make bench`.

Measures ours, a plain alternative and the limit of the hardware, interleaved in one run, and prints
their ratios. Ratios carry over to other machines far better than seconds do.
"""

import argparse
import os

# Some machines export another CPU's kernel; unset it, to measure what users get.
EXPORTED = os.environ.pop("OPENBLAS_CORETYPE", None)

import importlib  # noqa: E402
import platform  # noqa: E402
import sys  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from multiprocessing import get_context  # noqa: E402
from pathlib import Path  # noqa: E402

from gld_shared.cpu_flags import CPU_INFO  # noqa: E402
from gld_shared.devices import choose_device  # noqa: E402
from gld_shared.errors import DataError  # noqa: E402
from measure import HEADER, measure, table_rows  # noqa: E402

ENTRIES = {
    "decode": "decoding",
    "search": "searching",
    "eval": "scoring",
    "embed": "embedding",
    "embed-r50": "embedding_resnet50",
    "embed-se": "embedding_se_resnet101",
    "embed-busy": "embedding_busy",
    "read": "reading",
    "store-write": "storing_write",
    "store-read": "storing_read",
    "store-gather": "storing_gather",
    "lists": "listing",
    "check": "checking",
    "train": "training",
    "train-resnet50": "training_resnet50",
}
# The entries that also run on a GPU.
ON_GPU = ("embed", "train", "train-resnet50")


def main() -> None:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help=" ".join(ENTRIES))
    parser.add_argument("--device", default="cpu", help=f"cpu, or cuda for {' '.join(ON_GPU)}")
    parser.add_argument("--rounds", type=int, default=3, help="best of N (default 3)")
    parser.add_argument("-o", "--output", type=Path, help="write the table as TSV too")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.entries) - set(ENTRIES))
    if unknown:
        parser.error(f"unknown {', '.join(unknown)}; expected some of {' '.join(ENTRIES)}")
    device, known = chosen.device, ENTRIES if chosen.device == "cpu" else ON_GPU
    if rest := sorted(set(chosen.entries) - set(known)):
        parser.error(f"{', '.join(rest)}: cpu only; on {device} run some of {' '.join(ON_GPU)}")
    try:
        choose_device(device)
    except DataError as error:
        sys.exit(f"Error: no GPU to measure on: {error}")
    print(machine(device))
    table = [HEADER]
    for entry in chosen.entries or known:
        print(f"{entry} ...", file=sys.stderr)
        # Each entry has its own process: threads and BLAS are set once per process.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            summary, measured = process.submit(measured_rows, entry, device, chosen.rounds).result()
        print(summary)
        table += measured
    print_table(table)
    if chosen.output:
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_text("".join("\t".join(row) + "\n" for row in table))


def measured_rows(entry: str, device: str, rounds: int) -> tuple[str, list[list[str]]]:
    """Measure one entry; return a summary, and its rows of the table."""
    module = importlib.import_module(ENTRIES[entry])
    found = module.benchmark(device) if entry in ON_GPU else module.benchmark()
    benchmarks = found if isinstance(found, list) else [found]
    measured = [measure(benchmark, rounds) for benchmark in benchmarks]
    summary = "\n".join(result.summary() for result in measured)
    return summary, [row for result in measured for row in table_rows(result)]


def machine(device: str) -> str:
    """Describe the machine."""
    names = [line.partition(":")[2].strip() for line in _cpu_lines() if "model name" in line]
    exported = "unset" if EXPORTED is None else f"unset (was {EXPORTED})"
    gpu = "" if device == "cpu" else f"{_gpu_name(device)}, "
    return (
        f"{gpu}{names[0] if names else platform.processor()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}; OPENBLAS_CORETYPE {exported}"
    )


def _gpu_name(device: str) -> str:
    import torch

    return torch.cuda.get_device_name(device)


def _cpu_lines() -> list[str]:
    return CPU_INFO.read_text().splitlines() if CPU_INFO.exists() else []


def print_table(table: list[list[str]]) -> None:
    """Print a table with aligned columns."""
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


if __name__ == "__main__":
    main()
