"""A picture of throughput and of cost by size, a panel a stage."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from measure import LIMIT, OURS, PLAIN

from growth.exponents import exponent
from growth.results import Results
from growth.stages import GPU_STAGES, STAGES

# Okabe and Ito's colours, which colour-blind people tell apart, and marks for printing in grey.
_STYLES = {OURS: ("#0072B2", "o-"), PLAIN: ("#D55E00", "s--"), LIMIT: ("#009E73", "^:")}
_COLUMNS = 4
_COUNTED = {name: stage.counted for name, stage in (GPU_STAGES | STAGES).items()}


def plot(results: Results, path: Path) -> None:
    """Draw seconds by size on logarithmic axes, and write a PNG."""
    stages = results.stages
    lines = -(-len(stages) // _COLUMNS)
    figure, panels = plt.subplots(
        lines, _COLUMNS, figsize=(3.6 * _COLUMNS, 3.1 * lines), squeeze=False, layout="constrained"
    )
    for panel in panels.flat[len(stages) :]:
        panel.axis("off")
    for stage, panel in zip(stages, panels.flat, strict=False):
        _draw(panel, results, stage)
    figure.suptitle(f"Seconds by size. {results.machine}")
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _draw(panel: Axes, results: Results, stage: str) -> None:
    ours = results.of(stage, OURS)
    for variant, (colour, style) in _STYLES.items():
        if seconds := results.seconds(stage, variant):
            growth = f", size^{exponent(seconds):.2f}" if len(seconds) > 1 else ""
            label = f"{variant}{growth}"
            panel.loglog(list(seconds), list(seconds.values()), style, color=colour, label=label)
    largest = ours[max(ours)]
    rate = f"{largest.items / largest.seconds:,.0f} {largest.unit}/s"
    panel.set_title(f"{stage}: {rate} at the largest", fontsize=9)
    panel.set_xlabel(_COUNTED[stage], fontsize=8)
    panel.set_xticks(list(ours), [f"{size:,}" for size in ours])
    panel.minorticks_off()
    panel.tick_params(labelsize=7)
    panel.grid(alpha=0.3)
    panel.legend(fontsize=7)
