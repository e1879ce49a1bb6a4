"""`make bench-check`: what was measured again is compared with the kept results."""

import pytest

from .measured import results


def test_ratios_are_compared_size_by_size():
    from growth.compare import changes, not_compared

    kept = results(
        *(("eval", 500, "ours", 1.0), ("eval", 500, "plain", 10.0), ("eval", 500, "limit", 0.5)),
        *(("read", 100, "ours", 1.0), ("read", 100, "plain", 2.0), ("read", 100, "limit", 0.09)),
    )
    fresh = results(
        *(("eval", 500, "ours", 2.0), ("eval", 500, "plain", 15.9), ("eval", 500, "limit", 0.9)),
        *(("read", 100, "ours", 1.0), ("read", 100, "plain", 3.0), ("read", 100, "limit", 0.01)),
        *(("check", 60, "ours", 1.0), ("check", 60, "plain", 3.0)),
    )
    assert [str(change) for change in changes(kept, fresh)] == [
        "eval 500: 7.95 x plain, kept 10.00 (-20%, fell)",
        "eval 500: 0.45 x limit, kept 0.50 (-10%)",
        "read 100: 3.00 x plain, kept 2.00 (+50%)",
    ]
    assert not_compared(kept, fresh) == ["check 60"]


def test_a_fall_ends_the_check_with_1(tmp_path, capsys):
    from bench import compare

    path = tmp_path / "r.json"
    kept = results(("eval", 500, "ours", 1.0), ("eval", 500, "plain", 10.0))
    assert compare(kept, kept, path) == 0
    fresh = results(("eval", 500, "ours", 2.0), ("eval", 500, "plain", 10.0))
    assert compare(kept, fresh, path) == 1
    assert capsys.readouterr().out.splitlines()[2:] == [
        "eval 500: 5.00 x plain, kept 10.00 (-50%, fell)",
        "1 of 1 ratios fell by more than 20%",
    ]


def test_a_fall_of_some_rounds_only_is_within_the_noise(tmp_path, capsys):
    from bench import compare
    from growth.results import Results
    from rows import Row

    def rounds(variant, *seconds):
        job = ("eval 500", "eval", 500, variant)
        return Row(*job, min(seconds), 100, "rows", f"what {variant} is", seconds)

    path = tmp_path / "r.json"
    kept = results(("eval", 500, "ours", 1.0), ("eval", 500, "plain", 10.0))
    plain = rounds("plain", 12.0, 9.0, 10.0)
    noisy = Results("a CPU, 2 cores", [rounds("ours", 3.0, 2.0, 1.25), plain])
    assert compare(kept, noisy, path) == 0
    slower = Results("a CPU, 2 cores", [rounds("ours", 3.0, 2.0, 1.3), plain])
    assert compare(kept, slower, path) == 1
    assert capsys.readouterr().out.splitlines() == [
        "eval 500: 7.20 x plain, kept 10.00 (-28%, within the noise: rounds from 4.00 to 8.00)",
        "0 of 1 ratios fell by more than 20%",
        "eval 500: 6.92 x plain, kept 10.00 (-31%, fell)",
        "1 of 1 ratios fell by more than 20%",
    ]


def test_a_check_on_a_busy_machine_says_so(monkeypatch):
    import machine

    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 1})
    monkeypatch.setattr("os.getloadavg", lambda: (1.0, 0, 0))
    assert machine.distortion() is None
    monkeypatch.setattr("os.getloadavg", lambda: (9.6, 0, 0))
    assert machine.distortion() == (
        "other programs had a load of 9.6 on 2 cores at the beginning, which distorts the ratios: "
        "check again on an idle machine"
    )


def test_the_times_of_all_rounds_are_measured():
    from measure import Benchmark, Seconds, measure

    seconds = iter((3.0, 1.0, 2.0))
    variants = {"ours": lambda: Seconds(next(seconds)), "plain": lambda: 7.0}
    measured = measure(Benchmark("x", "rows", 1, variants, {}), 3)
    assert measured.rounds["ours"] == [3.0, 1.0, 2.0]
    assert measured.seconds["ours"] == 1.0
    assert len(measured.rounds["plain"]) == 3


def test_a_machine_without_results_ends_the_check_at_once(tmp_path, monkeypatch):
    import bench

    monkeypatch.setattr(bench, "measured", pytest.fail)
    with pytest.raises(SystemExit) as ended:
        bench.main(["--check", "-o", str(tmp_path / "r.json")])
    assert ended.value.code == (
        f"Error: {tmp_path / 'r.json'}: not found, so there is nothing to compare with; "
        "`make bench` measures this machine"
    )


def test_nothing_in_common_ends_the_check_with_1(tmp_path, capsys):
    from bench import compare

    fresh = results(("eval", 500, "ours", 2.0), ("eval", 500, "plain", 10.0))
    assert compare(results(), fresh, tmp_path / "r.json") == 1
    assert capsys.readouterr().out.splitlines() == [
        f"eval 500: not in {tmp_path / 'r.json'}",
        "no ratio could be compared",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "unknown nonsense; expected some of lists check decode"),
        (["--gpu", "lists"], "unknown lists; expected some of embed-r50 embed-se train-r50"),
        (["--rounds", "0"], "--rounds 0: expected 1 or more"),
        (["--plot", "no/such.png"], "no/such.png: its folder does not exist; mkdir -p no"),
    ],
)
def test_wrong_arguments_are_usage_errors(capsys, arguments, message):
    import bench

    with pytest.raises(SystemExit) as ended:
        bench.main(arguments)
    assert ended.value.code == 2
    assert f"error: {message}" in capsys.readouterr().err
