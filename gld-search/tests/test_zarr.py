"""Neighbours as Zarr hold what the table of the same search holds."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_shared.neighbours import open_arrays, open_graph, open_ranking, open_tags
from gld_shared.sha256 import sha256
from gld_shared.store import open_store
from gld_shared.tables import read_neighbours
from gld_shared.testing import run, small_store


def search(*arguments):
    result = run(["gld-search", *arguments])
    assert (result.exit_code, result.output) == (0, ""), result.output


def refused(*arguments):
    result = run(["gld-search", *arguments])
    assert result.exit_code
    return result.stderr.splitlines()[-1]


def both(tmp_path, *arguments):
    """Search twice, and return the rows of the table, and of the arrays."""
    search(*arguments, "-o", tmp_path / "n.tsv")
    search(*arguments, "-o", tmp_path / "n.zarr")
    with open_ranking(tmp_path / "n.zarr") as ranking:
        return read_neighbours(tmp_path / "n.tsv").rows, pl.concat(ranking.blocks())


def ids(prefix, count):
    return [f"{prefix}{row}" for row in range(count)]


@pytest.fixture
def queries(tmp_path):
    return small_store(tmp_path / "q.zarr", ids("q", 1100))


@pytest.fixture
def index(tmp_path):
    return small_store(tmp_path / "i.zarr", ids("x", 50), 1)


@pytest.mark.parametrize("k", [1, 7, 100])
def test_all_neighbours(tmp_path, queries, index, k):
    table, arrays = both(tmp_path, queries, "--index", index, "-k", k)
    assert table.equals(arrays)
    assert open_arrays(tmp_path / "n.zarr").k == min(k, 50)


@pytest.mark.parametrize("options", [(), ("--keep-self",)])
@pytest.mark.parametrize("k", [3, 50, 100])
def test_images_that_are_queries_too(tmp_path, index, options, k):
    some = small_store(tmp_path / "some.zarr", [*ids("q", 3), "x7", *ids("y", 3)], 2)
    table, arrays = both(tmp_path, some, "--index", index, "-k", k, *options)
    assert table.equals(arrays)


def test_an_ensemble_and_parts(tmp_path, queries, index):
    for part in range(2):
        rows = ids("x", 50)[25 * part : 25 * part + 25]
        small_store(tmp_path / f"p{part}.zarr", rows, part + 3)
    stores = (queries, queries, "--index", index, "--index", tmp_path / "p{0..1}.zarr")
    table, arrays = both(tmp_path, *stores, "--weight", "1", "--weight", "0.5", "-k", "5")
    assert table.equals(arrays)
    header = open_arrays(tmp_path / "n.zarr").header
    assert header["weights"] == [1.0, 0.5]
    assert header["index"] == [str(index), [str(tmp_path / f"p{part}.zarr") for part in range(2)]]


def test_no_queries(tmp_path, index):
    empty = small_store(tmp_path / "none.zarr", [])
    search(empty, "--index", index, "-o", tmp_path / "n.zarr")
    assert open_arrays(tmp_path / "n.zarr").n == 0


def test_a_graph_and_tags(tmp_path, queries, index):
    search(index, "--index", index, "-k", "4", "-o", tmp_path / "graph.zarr")
    search(queries, "--index", index, "-k", "1", "-o", tmp_path / "tags.zarr")
    store, others = open_store(index), open_store(queries)
    rows, _ = open_graph(tmp_path / "graph.zarr", store, 4).all()
    products = store.read(slice(0, 50)) @ store.read(slice(0, 50)).T
    np.fill_diagonal(products, -np.inf)
    assert np.array_equal(rows, np.argsort(-products, axis=1)[:, :4])
    tags, _ = open_tags(tmp_path / "tags.zarr", others, store).all()
    nearest = np.argmax(others.read(slice(0, 1100)) @ store.read(slice(0, 50)).T, axis=1)
    assert np.array_equal(tags[:, 0], nearest)


def test_a_process_for_each_gpu_all_on_the_cpu(tmp_path, queries, index):
    command = (queries, "--index", index, "--device", "cpu", "-o")
    search(*command, tmp_path / "quiet.zarr")
    search(*command, tmp_path / "x.zarr", "--gpus", "2")
    assert sha256(tmp_path / "x.zarr") == sha256(tmp_path / "quiet.zarr")


def test_finished_neighbours_are_left_as_they_are(tmp_path, queries, index):
    command = (queries, "--index", index, "-o", tmp_path / "x.zarr")
    search(*command)
    times = {file: file.stat().st_mtime_ns for file in (tmp_path / "x.zarr").rglob("*")}
    (tmp_path / "x.zarr.work").mkdir()
    result = run(["gld-search", *command, "-v"])
    assert (result.exit_code, result.stderr) == (
        0, f"gld-search: {tmp_path}/x.zarr is finished already\n"
    )  # fmt: skip
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "x.zarr").rglob("*")} == times
    assert not (tmp_path / "x.zarr.work").exists()


def test_other_stores_and_settings(tmp_path, queries, index):
    path = tmp_path / "x.zarr"
    search(queries, "--index", index, "-k", "3", "-o", path)
    other = small_store(tmp_path / "o.zarr", ids("x", 50), 9)
    digests = {store: open_store(store).sha256[:12] for store in (index, other)}
    assert refused(queries, "--index", other, "-k", "4", "-o", path) == (
        f"Error: {path}: was made with another index ([{index} with sha256 {digests[index]}], now "
        f"[{other} with sha256 {digests[other]}]), k (3, now 4), shape ([1100, 3], now [1100, 4]); "
        "choose another output, or move this one away"
    )


def test_a_copy_of_a_store_is_the_same_store(tmp_path, queries, index):
    search(queries, "--index", index, "-o", tmp_path / "x.zarr")
    (tmp_path / "j.zarr").symlink_to(index)
    search(queries, "--index", tmp_path / "j.zarr", "-o", tmp_path / "x.zarr")


def test_a_store_that_changes_before_a_process_opens_it(tmp_path, queries, index, monkeypatch):
    from gld_search import engines

    begin, before = engines.run_processes, open_store(index).sha256[:12]

    def changed_first(*arguments):
        # As another machine may have another store of that name.
        index.rename(tmp_path / "old.zarr")
        small_store(index, ids("x", 50), 9)
        begin(*arguments)

    monkeypatch.setattr(engines, "run_processes", changed_first)
    path = tmp_path / "x.zarr"
    message = refused(queries, "--index", index, "-j", "2", "-o", path)
    assert message == (
        f"Error: {path}: was made from {index} with sha256 {before}, which now has "
        f"{open_store(index).sha256[:12]}; the store has been made again since, so search again"
    )
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("-j", "2", "-o", "n.tsv"),
            "-j 2: only neighbours as Zarr are made in units; give -o a name that ends in .zarr",
        ),
        (
            ("--gpus", "2"),
            "--gpus 2: only neighbours as Zarr are made in units; give -o a name that ends in "
            ".zarr",
        ),
        (
            ("--engine", "ray"),
            "--engine ray: only neighbours as Zarr are made in units; give -o a name that ends in "
            ".zarr",
        ),
        (
            ("-j", "2", "--gpus", "2", "-o", "n.zarr"),
            "-j starts processes on the CPU, --gpus one for each GPU; give one",
        ),
        (
            ("-j", "2", "--device", "cuda", "-o", "n.zarr"),
            "-j 2 starts processes on the CPU, but --device is cuda; --gpus starts one for each "
            "GPU",
        ),
        *(
            (
                ("--engine", "ray", *option, "-o", "n.zarr"),
                f"{option[0]} does not go with --engine ray, which starts a process for each GPU "
                "of the cluster, or for each machine without any, and uses all cores; leave out "
                f"{option[0]}",
            )
            for option in (("-j", "2"), ("--gpus", "2"), ("--device", "cpu"))
        ),
        (
            ("--shard", "1/2", "-o", "n.zarr"),
            "--shard is for tables, which gld-search merge merges; as Zarr, any number of "
            "processes, on any machines, make one output together without it",
        ),
    ],
)
def test_options_that_do_not_go_together(queries, index, options, message):
    assert refused(queries, "--index", index, *options) == f"Error: {message}"


def test_outputs_that_are_something_else(tmp_path, queries, index):
    (tmp_path / "file.zarr").write_text("")
    assert refused(queries, "--index", index, "-o", tmp_path / "file.zarr") == (
        f"Error: {tmp_path}/file.zarr: exists and is not neighbours as Zarr; choose another name"
    )
    assert refused(queries, "--index", index, "-o", index) == (
        f"Error: {index}: is also read as --index, and would be overwritten; name another output"
    )
    small_store(tmp_path / "other.zarr", ["a"])
    assert refused(queries, "--index", index, "-o", tmp_path / "other.zarr") == (
        f"Error: {tmp_path}/other.zarr: format is 'gld-embeddings/1', expected 'gld-neighbours/1', "
        "neighbours as Zarr made by gld-search -o NAME.zarr"
    )
    assert refused(queries, "--index", index, "-o", tmp_path / "no" / "n.zarr") == (
        f"Error: {tmp_path}/no/n.zarr: cannot be written: there is no folder {tmp_path}/no; make it"
    )


def test_fewer_gpus_than_processes(tmp_path, queries, index, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    options = ("--gpus", "2", "--device", "cuda", "-o", tmp_path / "n.zarr")
    assert refused(queries, "--index", index, *options) == (
        "Error: 2 processes and 1 GPUs on this machine; start one for each GPU"
    )


def test_each_process_has_a_gpu_of_its_own(tmp_path, queries, index, monkeypatch):
    torch = pytest.importorskip("torch")
    from gld_search import to_zarr

    started = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(
        to_zarr, "make_on_this_machine", lambda job, devices, *_: started.append(devices)
    )
    search(queries, "--index", index, "--gpus", "3", "--device", "cuda", "-o", tmp_path / "n.zarr")
    assert started == [["cuda:0", "cuda:1", "cuda:2"]]


@pytest.mark.parametrize("is_store", [False, True])
def test_an_unfinished_output_of_other_settings_is_kept(tmp_path, queries, index, is_store):
    output, partial = tmp_path / "n.zarr", tmp_path / "n.zarr.partial"
    search(queries, "--index", index, "-k", "10", "-o", output)
    if is_store:
        shutil.copytree(index, partial)
        why = "it is damaged or of another kind"
    else:
        search(queries, "--index", index, "-k", "20", "-o", tmp_path / "other.zarr")
        (tmp_path / "other.zarr").rename(partial)
        why = "it was made with another k (20, now 10)"
    kept = sha256(partial)
    again = run(["gld-search", queries, "--index", index, "-k", "10", "-o", output])
    assert (again.exit_code, again.output) == (
        0,
        f"gld-search: {partial}: is no leftover of {output}, since {why}; move {output} away to "
        "resume it, or remove it\n",
    )
    assert sha256(partial) == kept


def test_an_unfinished_output_of_the_same_settings_is_removed(tmp_path, queries, index):
    output, partial = tmp_path / "n.zarr", tmp_path / "n.zarr.partial"
    search(queries, "--index", index, "-k", "10", "-o", output)
    shutil.copytree(output, partial)
    search(queries, "--index", index, "-k", "10", "-o", output)
    assert not partial.exists()


@pytest.mark.gpu
@pytest.mark.parametrize("device", ["cuda", "cuda:0"])
def test_a_gpu_makes_the_arrays_of_the_cpu(tmp_path, queries, index, device):
    found = []
    for name in ("cpu", device):
        path = tmp_path / f"{name.replace(':', '')}.zarr"
        search(queries, "--index", index, "-k", "9", "--device", name, "-o", path)
        found.append(open_arrays(path).read(slice(0, 1100)))
    assert all(np.array_equal(left, right) for left, right in zip(*found, strict=True))


@pytest.mark.parametrize("reader", [["gld-eval", "--truth", "truth.tsv"], ["gld-rerank", "expand"]])
def test_a_reader_in_a_pipe_asks_for_the_name_of_the_group(
    tmp_path, monkeypatch, queries, index, reader
):
    monkeypatch.chdir(tmp_path)
    rows = [f"q{row}\tx0\tall\n" for row in range(1100)]
    Path("truth.tsv").write_text("query_id\tindex_id\tusage\n" + "".join(rows))
    printed = run(["gld-search", queries, "--index", index, "-k", "2", "-o", "n.zarr"]).output
    piped = run(reader, stdin=printed)
    assert (piped.exit_code, piped.output) == (
        1,
        "Error: standard input: empty; did the command before it fail? If it wrote to -o NAME, "
        "give NAME to this command instead\n",
    )
    named = run([*reader, "n.zarr"])
    assert (named.exit_code, named.stderr) == (0, "")
