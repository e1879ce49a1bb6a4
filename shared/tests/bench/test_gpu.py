"""`make bench-gpu`, with stages that this CPU measures."""

import re

import pytest

from .measured import row


def test_without_a_gpu_the_bench_of_a_gpu_says_so(monkeypatch):
    import bench

    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(SystemExit) as ended:
        bench.main(["--gpu"])
    assert str(ended.value).startswith("Error: no GPU to measure on: ")


@pytest.fixture
def gpu_bench(monkeypatch):
    """bench.main for stages of a GPU, on this CPU: the function takes stages and arguments."""
    import bench
    import machine
    from measure import measure
    from rows import rows_of

    def in_this_process(make, rounds):
        return [row for benchmark in make() for row in rows_of(measure(benchmark, rounds))]

    def main(stages, *arguments):
        monkeypatch.setattr(bench, "GPU_STAGES", stages)
        monkeypatch.setattr(bench, "choose_device", lambda name: name)
        monkeypatch.setattr(machine, "_gpu_name", lambda: "Some GPU")
        monkeypatch.setattr(bench, "measure_apart", in_this_process)
        with pytest.raises(SystemExit) as ended:
            bench.main(["--gpu", *arguments])
        return ended.value.code

    return main


def test_the_bench_of_a_gpu_keeps_its_results_as_the_other_does(tmp_path, gpu_bench, capsys):
    from growth.results import read_results, write_results
    from growth.stages import Stage

    stages = {"search": Stage("gpu.searching", (200, 300, 400), "images", ("cpu",))}
    path, picture = tmp_path / "r.json", tmp_path / "growth.png"
    assert gpu_bench(stages, "-o", str(path), "--plot", str(picture)) == 0
    kept = read_results(path)
    assert kept.machine.startswith("Some GPU, ")
    assert list(kept.seconds("search", "ours")) == [200, 300, 400]
    assert set(kept.speedups("search", "limit")) == {200, 300, 400}
    lines = path.with_suffix(".tsv").read_text().splitlines()
    assert lines[0].startswith("# Some GPU, ")
    assert [line.split("\t")[0] for line in lines[2::3]] == [
        "search 200",
        "search 300",
        "search 400",
    ]
    assert picture.read_bytes().startswith(b"\x89PNG")
    write_results(
        path, "another", [row("search", 300, v, s) for v, s in (("ours", 1), ("plain", 9))]
    )
    capsys.readouterr()
    gpu_bench(stages, "--check", "-o", str(path))
    assert re.search(r"^search 300: .* x plain, kept 9.00 ", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.slow
def test_every_stage_of_a_gpu_gives_the_rates_of_the_plan(tmp_path, gpu_bench):
    from dataclasses import replace

    from growth.stages import GPU_STAGES
    from planning.rates import read_rates

    # An embedding is timed from the first of three chunks on, of 64 images each.
    sizes = {"embed": (192, 224, 256), "train": (2, 4, 6), "search": (200, 300, 400)}
    stages = {
        name: replace(
            stage,
            sizes=sizes[name.partition("-")[0]],
            arguments=(*(32 if type(a) is int else a for a in stage.arguments), "cpu"),
        )
        for name, stage in GPU_STAGES.items()
    }
    assert gpu_bench(stages, "-o", str(tmp_path / "r.json")) == 0
    rates = read_rates(tmp_path / "r.tsv")
    assert min(rates.training, rates.embedding, rates.photographs, rates.pairs) > 0
