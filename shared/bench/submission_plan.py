"""What each step of `make submission` will take, before it is started: `make submission-plan`.

    make -n -f submission.mk ... | python shared/bench/submission_plan.py --folder submission

Reads the commands that make prints: steps that are finished are not among them. Time is
computed from the rates that `make bench-gpu` measured on a machine, or from others that are given.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from gld_shared.errors import DataError
from planning.commands import read_commands
from planning.costs import Cost, Planner
from planning.rates import Rates, read_rates

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "gld-train" / "configs"
MEASURED = HERE / "results" / "gpu-nvidia-h200-16-cores.tsv"
# Parts of the published images: archives, and the size of one in GB (gld-lists/docs/download.md).
ARCHIVES = {"train": (500, 1.0), "index": (100, 0.85), "test": (20, 0.5)}
COLUMNS = ("step", "images", "images/s", "hours", "GPU hours", "disk GB", "RAM GB", "GPU GB")
LINE = "{:<50} {:>12} {:>9} {:>8} {:>9} {:>8} {:>7} {:>7}"


def main() -> None:
    """Print a row for each command on standard input, and the sums."""
    options = _options()
    try:
        rates = read_rates(options.rates)
    except DataError as error:
        sys.exit(f"Error: {error}")
    given = {
        "training": options.training and options.training * 1e12,
        "embedding": options.embedding and options.embedding * 1e12,
        "photographs": options.photographs,
        "pairs": options.pairs and options.pairs * 1e9,
    }
    rates = replace(rates, **{name: value for name, value in given.items() if value})
    planner = Planner(options.folder, options.configs, rates)
    costs = [planner.cost(command) for command in read_commands(sys.stdin)]
    print(stated(rates, options.rates))
    print(LINE.format(*COLUMNS))
    for cost in costs:
        print(row(cost))
    print(row(total(costs)))
    for cost in costs:
        if cost.gpu_memory > options.gpu_memory * 1e9:
            print(
                f"{cost.step}: needs {cost.gpu_memory / 1e9:.0f} GB of a GPU with "
                f"{options.gpu_memory:.0f} GB; OPTIONS='--set data.accumulate=N' divides a batch"
            )


def stated(rates: Rates, source: Path) -> str:
    """Return the lines that say what the figures are computed from."""
    published = sum(count * size for count, size in ARCHIVES.values())
    return "\n".join(
        (
            f"rates of one GPU and its cores, from {source.name} where not given:",
            f"  training {rates.training / 1e12:.0f} TFLOP/s, embedding "
            f"{rates.embedding / 1e12:.0f} TFLOP/s (--training, --embedding)",
            f"  {rates.photographs:,.0f} photographs of 1,600 pixels decoded a second "
            "(--photographs): a network is not faster",
            f"  search of {rates.pairs / 1e9:.1f} billion pairs a second (--pairs)",
            f"  {rates.memory * 1e3:.1f} MB of the GPU for a GFLOP of a batch in training",
            f"the published images take {published:,.0f} GB besides",
            "",
        )
    )


def row(cost: Cost) -> str:
    """Return a cost as a line of the table."""
    rate = cost.images / cost.seconds if cost.seconds else 0
    return LINE.format(
        cost.step,
        f"{cost.images:,}" if cost.images else "",
        f"{rate:,.0f}" if rate else "",
        f"{cost.seconds / 3600:,.2f}",
        f"{cost.seconds * cost.gpus / 3600:,.2f}",
        f"{cost.disk / 1e9:,.1f}",
        f"{cost.memory / 1e9:,.1f}" if cost.memory else "",
        f"{cost.gpu_memory / 1e9:,.0f}" if cost.gpu_memory else "",
    )


def total(costs: list[Cost]) -> Cost:
    """Return the sums of hours and disk, and the largest memory."""
    gpu_seconds = sum(cost.seconds * cost.gpus for cost in costs)
    seconds = sum(cost.seconds for cost in costs)
    return Cost(
        "all steps",
        0,
        seconds,
        gpu_seconds / seconds if seconds else 0,
        sum(cost.disk for cost in costs),
        max((cost.memory for cost in costs), default=0),
        max((cost.gpu_memory for cost in costs), default=0),
    )


def _positive(text: str) -> float:
    """Read a number above 0."""
    if not 0 < (value := float(text)) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: expected a number above 0")
    return value


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where submission.mk runs")
    parser.add_argument("--configs", type=Path, default=CONFIGS, help="of the networks")
    parser.add_argument(
        "--rates", type=Path, default=MEASURED, help="the table that make bench-gpu wrote"
    )
    parser.add_argument("--training", type=_positive, help="TFLOP/s of a GPU in training")
    parser.add_argument("--embedding", type=_positive, help="TFLOP/s of a GPU in embedding")
    parser.add_argument("--photographs", type=_positive, help="decoded a second beside a GPU")
    parser.add_argument("--pairs", type=_positive, help="billions searched a second by a GPU")
    parser.add_argument("--gpu-memory", type=_positive, default=80, help="GB")
    return parser.parse_args()


if __name__ == "__main__":
    main()
