"""The plan of `make submission`: commands read from make, and their costs at given rates."""

import io
import sys
from pathlib import Path

import pytest
from gld_shared.errors import DataError

REPOSITORY = Path(__file__).parents[3]
CONFIGS = REPOSITORY / "gld-train" / "configs"


@pytest.fixture(autouse=True)
def bench_modules(monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "shared" / "bench")


def planner(folder: Path, **rates: float):
    from planning.costs import Planner
    from planning.rates import Rates

    given = {"training": 1e14, "embedding": 1e14, "photographs": 1e9, "pairs": 1e9, "memory": 5e-3}
    return Planner(folder, CONFIGS, Rates(**{**given, **rates}))


def cost(line: str, folder: Path, **rates: float):
    from planning.commands import read_commands

    (command,) = read_commands([line])
    return planner(folder, **rates).cost(command)


def test_commands_are_read_with_their_options():
    from planning.commands import read_commands

    lines = [
        "mkdir -p runs\n",
        "gld-search a.zarr --index b.zarr \\\n",
        "\t--keep-self -k 1 -o t.zarr\n",
    ]
    (command,) = read_commands(lines)
    assert (command.tool, command.arguments, command.output) == (
        "gld-search",
        ("a.zarr",),
        "t.zarr",
    )
    assert command.option("-k") == "1"


def test_training_takes_three_passes_of_each_image_and_epoch(tmp_path):
    line = f"gld-train --config {CONFIGS}/R50_256.toml --gpus 8 -o runs/R50_256.safetensors"
    found = cost(line, tmp_path)
    assert (found.images, found.gpus) == (15_804_700, 8)
    assert found.seconds == pytest.approx(15_804_700 * 3 * 16.213e9 / 8e14, rel=1e-3)
    # 128 images of 16.2 GFLOP, and three times 81,313 class vectors of 512 values, and logits.
    assert found.gpu_memory == pytest.approx(128 * 16.213e9 * 5e-3 + 0.5e9 + 0.17e9, rel=0.01)


def test_no_network_is_faster_than_its_images_are_decoded(tmp_path):
    line = "gld-embed kaggle-lists/test.tsv -c runs/R50_256.safetensors --gpus 2 -o q.zarr"
    assert cost(line, tmp_path, photographs=100).seconds == pytest.approx(1129 / 200)


def test_a_list_that_is_there_is_counted(tmp_path):
    (tmp_path / "kaggle-lists").mkdir()
    (tmp_path / "kaggle-lists/test.tsv").write_text("#{}\nid\tpath\na\ta.jpg\nb\tb.jpg\n")
    line = "gld-embed kaggle-lists/test.tsv -c runs/R50_256.safetensors -o R50_256/queries.zarr"
    found = cost(line, tmp_path)
    assert (found.images, found.disk) == (2, 2 * (512 * 2 + 16))


def test_a_graph_compares_every_pair_of_references(tmp_path):
    line = "gld-search N/index-train.zarr --index N/index-train.zarr -k 30 --gpus 4 -o N/graph.zarr"
    found = cost(line, tmp_path)
    assert found.seconds == pytest.approx(4_825_830**2 / 4e9)
    assert found.disk == 4_825_830 * 30 * 12


def test_the_rates_are_those_of_the_slower_network(tmp_path):
    from planning.rates import read_rates

    rows = [
        ("train recipe:resnet50 256", "steps", "2,000 images/s"),
        ("train recipe:se_resnet101_ibn_a 384", "steps", "100 images/s"),
        ("embed recipe:resnet50 224", "network", "1,000 images/s"),
        ("embed recipe:resnet50 224", "decode fast", "300 images/s"),
        ("search 1,000,000, k 100", "ours", "2,000 queries/s"),
        ("search 1,000,000, k 10,000", "ours", "2 queries/s"),
    ]
    table = tmp_path / "results.tsv"
    lines = ["\t".join((bench, variant, "1", rate)) for bench, variant, rate in rows]
    table.write_text("\n".join(["# a machine", "bench\tvariant\tseconds\trate", *lines]) + "\n")
    rates = read_rates(table)
    assert rates.training == pytest.approx(100 * 3 * 58.308e9, rel=1e-3)
    assert rates.embedding == pytest.approx(1000 * 12.413e9, rel=1e-3)
    assert (rates.photographs, rates.pairs) == (300, 2e9)


def test_the_table_states_its_rates_and_ends_with_the_sums(tmp_path, monkeypatch, capsys):
    import submission_plan

    lines = [
        f"gld-train --config {CONFIGS}/R50_256.toml --gpus 1 -o runs/R50_256.safetensors",
        "gld-embed kaggle-lists/test.tsv -c runs/R50_256.safetensors -o R50_256/queries.zarr",
    ]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(lines)))
    options = ["--training", "40", "--gpu-memory", "16"]
    monkeypatch.setattr(sys, "argv", ["plan", "--folder", str(tmp_path), *options])
    submission_plan.main()
    printed = capsys.readouterr().out.splitlines()
    assert printed[1].startswith("  training 40 TFLOP/s, embedding ")
    assert [line.split()[0] for line in printed[7:11]] == ["step", "train", "embed", "all"]
    assert printed[8].split()[:6] == ["train", "R50_256", "15,804,700", "822", "5.34", "5.34"]
    assert printed[11] == (
        "train R50_256: needs 86 GB of a GPU with 16 GB; OPTIONS='--set data.accumulate=N' "
        "divides a batch"
    )


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "ValueError("),
        ("a\tb\n1\t2\n", "KeyError('bench')"),
        ("bench\tvariant\trate\ntrain x 224\tsteps\tfast\n", "ValueError("),
        ("bench\tvariant\trate\nsearch 10\tours\t5 queries/s\n", "ValueError("),
    ],
)
def test_another_table_is_not_taken_for_rates(tmp_path, text, cause):
    from planning.rates import read_rates

    path = tmp_path / "rates.tsv"
    path.write_text(text)
    with pytest.raises(DataError) as error:
        read_rates(path)
    expected = f"{path}: expected the table (TSV) of all stages of `make bench-gpu`: {cause}"
    assert str(error.value).startswith(expected)


@pytest.mark.parametrize("value", ["0", "-1", "inf", "nan", "many"])
def test_a_rate_is_a_number_above_0(tmp_path, monkeypatch, capsys, value):
    import submission_plan

    arguments = ["plan", "--folder", str(tmp_path), f"--training={value}"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        submission_plan.main()
    assert ended.value.code == 2
    assert "argument --training: " in capsys.readouterr().err
