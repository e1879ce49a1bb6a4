"""The report of many queries: a bounded gallery, a page below 20 MB."""

import os
from pathlib import Path

import pytest
from gld_eval.report.choice_of_queries import MOST, choose_queries
from gld_shared.testing import photographs, run

QUERIES = [f"q{number}" for number in range(5000)]


def test_all_queries_are_shown_where_they_are_few():
    assert choose_queries(QUERIES[:MOST], ["q7"], "of note", seed=0) == (QUERIES[:MOST], "")


def test_many_queries_are_drawn_by_the_seed():
    chosen, rule = choose_queries(QUERIES, [], "of note", seed=3)
    assert rule == (
        "1,200 of 5,000 queries: 1,200 drawn at random (--seed 3); --show 5000 shows all"
    )
    assert chosen == sorted(set(chosen), key=QUERIES.index)
    assert len(chosen) == 1200
    # The draw depends on ids and seed, not on the order.
    assert set(choose_queries(QUERIES[::-1], [], "", seed=3).queries) == set(chosen)
    assert set(choose_queries(QUERIES, [], "", seed=4).queries) != set(chosen)
    # All parts of the list are drawn from.
    assert 200 < sum(int(query[1:]) < 1000 for query in chosen) < 280


def test_queries_of_note_are_shown_for_certain():
    chosen, rule = choose_queries(QUERIES, ["q4999", "q0"], "that changed most", seed=0)
    assert {"q0", "q4999"} <= set(chosen)
    assert len(chosen) == 1200
    assert rule == (
        "1,200 of 5,000 queries: the 2 that changed most, and 1,198 drawn at random (--seed 0); "
        "--show 5000 shows all"
    )


def test_without_truth_half_of_the_queries_are_the_most_alike(tmp_path, read_report):
    report = tmp_path / "r.html"
    result = run(["gld-eval", write_neighbours(tmp_path), "--report", report])
    rule = (
        "1,200 of 2,000 photographs: the 600 whose nearest neighbours are most alike, and 600 "
        "drawn at random (--seed 0); --show 2000 shows all"
    )
    assert (result.exit_code, result.stderr) == (0, f"gld-eval: {report}: shows {rule}\n")
    shown = read_report(report)
    assert {f"q{number}" for number in range(1400, 2000)} <= set(shown.queries)
    assert len(shown.queries) == 1200
    assert f"This page shows {rule}." in shown.text


def write_neighbours(folder):
    """Write the nearest neighbours of 2,000 images, the last the most alike."""
    lines = ["query_id\tindex_id\trank\tscore"]
    lines += [f"q{number}\tx\t1\t{number / 2000}" for number in range(2000)]
    (folder / "n.tsv").write_text("\n".join(lines) + "\n")
    return folder / "n.tsv"


@pytest.mark.parametrize(("show", "shown"), [(2000, 2000), (4000, 2000), (3, 3)])
def test_show_says_how_many_queries_are_shown(tmp_path, read_report, show, shown):
    report = tmp_path / "r.html"
    result = run(["gld-eval", write_neighbours(tmp_path), "--report", report, "--show", str(show)])
    assert result.exit_code == 0
    assert result.stderr == (
        ""
        if shown == 2000
        else f"gld-eval: {report}: shows 3 of 2,000 photographs: the 1 whose nearest neighbours "
        "are most alike, and 2 drawn at random (--seed 0); --show 2000 shows all\n"
    )
    assert len(read_report(report).queries) == shown


def test_of_scored_queries_as_many_are_shown_and_all_are_scored(tmp_path, read_report):
    truth = tmp_path / "t.tsv"
    rows = [f"q{number}\tx\tpublic" for number in range(2000)]
    truth.write_text("\n".join(["query_id\tindex_id\tusage", *rows]) + "\n")
    report = tmp_path / "r.html"
    scored = ["gld-eval", write_neighbours(tmp_path), "--truth", truth, "--report", report]
    result = run([*scored, "--show", "2"])
    rule = "2 of 2,000 queries: 2 drawn at random (--seed 0); --show 2000 shows all"
    assert (result.exit_code, result.stderr) == (0, f"gld-eval: {report}: shows {rule}\n")
    shown = read_report(report)
    assert len(shown.queries) == 2
    assert (
        f"The gallery shows {rule}. All other parts of the report cover all queries." in shown.text
    )
    assert "2,000 queries 2,000 positives" in shown.text


@pytest.mark.slow
@pytest.mark.skipif(photographs() is None, reason="GLD_DATA names no photographs")
def test_1129_queries_without_a_common_image_stay_below_20_megabytes(tmp_path):
    folder = Path(os.environ["GLD_DATA"]) / "monuments" / "images"
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg"))
    neighbours, truth = ["query_id\tindex_id\trank\tscore"], ["query_id\tindex_id\tusage"]
    ids = []
    for query in range(1129):
        name = f"{query:016x}"
        found = [f"f{query:08x}{rank:07x}" for rank in range(10)]
        missed = [f"e{query:08x}{number:07x}" for number in range(3)]
        ids += [name, *found, *missed]
        neighbours += [f"{name}\t{image}\t{rank + 1}\t0.5" for rank, image in enumerate(found)]
        truth += [f"{name}\t{image}\tpublic" for image in (found[0], *missed)]
    listed = ["id\tpath\tlandmark\tcountry\tcontinent"]
    listed += [
        f"{image}\t{files[n % len(files)]}\tA_landmark_of_the_list_{n}\tFrance\tEurope"
        for n, image in enumerate(ids)
    ]
    for file, lines in (("n", neighbours), ("t", truth), ("l", listed)):
        (tmp_path / f"{file}.tsv").write_text("\n".join(lines) + "\n")
    report = tmp_path / "r.html"
    result = run(
        [
            *("gld-eval", tmp_path / "n.tsv", "--truth", tmp_path / "t.tsv", "--report", report),
            *("--images", folder, "--list", tmp_path / "l.tsv"),
        ]
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert 10e6 < report.stat().st_size < 20e6
