"""The coordinates of charts, and the steps of the chain."""

import numpy as np
from gld_eval.report.charts import histogram_chart, rank_chart
from gld_eval.report.provenance import DrawnInput, DrawnStep, drawn_chain


def test_curves_over_ranks_are_spaced_by_logarithms():
    falling = np.linspace(1, 0, 100)
    chart = rank_chart([("falling", "a", falling), ("rising", "b", falling[::-1])])
    assert [(tick.at, tick.label) for tick in chart.x_ticks] == [
        *((40.0, "1"), (86.7, "2"), (148.3, "5"), (195.0, "10"), (241.7, "20"), (303.3, "50")),
        (350.0, "100"),
    ]
    rising, other = chart.lines
    assert (rising.label, other.label) == ("rising", "falling")
    assert rising.path.startswith("M40.0 212.0L86.7 210.0")
    assert rising.path.endswith("L350.0 12.0")
    assert rising.label_y < other.label_y


def test_labels_of_close_curves_are_apart():
    same = np.full(10, 0.5)
    first, second, third = rank_chart([(name, name, same) for name in "abc"]).lines
    assert second.label_y - first.label_y == third.label_y - second.label_y == 14


def test_bars_reach_their_counts():
    chart = histogram_chart(np.array([0, 7, 14]), None, "map@100")
    assert [tick.label for tick in chart.y_ticks] == ["0", "5", "10", "15"]
    assert [bar.height for bar in chart.bars] == [0.0, 93.3, 186.7]
    assert chart.bars[1].text == "map@100 0.33 to 0.67: 7 queries"
    compared = histogram_chart(np.array([0, 1]), np.array([2, 0]), "map@100")
    assert compared.lines[0].path == "M40.0 12.0L195.0 12.0L195.0 212.0L350.0 212.0"


def test_a_chain_marks_what_was_read_before():
    model = {"path": "m.safetensors", "sha256": "a" * 64}
    history = [
        {"tool": "gld-embed", "version": "1", "arguments": ["q list.tsv"], "inputs": [model]},
        {"tool": "gld-embed", "version": "1", "arguments": ["i.tsv"], "inputs": [model]},
    ]
    assert drawn_chain(history) == [
        DrawnStep("gld-embed", "gld-embed 'q list.tsv'", "1",
                  [DrawnInput("m.safetensors", "a" * 12, False)]),
        DrawnStep("gld-embed", "gld-embed i.tsv", "1",
                  [DrawnInput("m.safetensors", "a" * 12, True)]),
    ]  # fmt: skip
