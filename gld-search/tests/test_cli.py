import numpy as np
import pytest
from gld_shared.store import open_store, write_store
from gld_shared.testing import run, small_store

SIDES = {"a": [1, 0], "b": [0.8, 0.6], "c": [0, 1]}


def store(path, rows, checkpoint="1"):
    attributes = {"checkpoint": {"path": "m", "sha256": checkpoint}}
    vectors = np.array(list(rows.values()), np.float32)
    return write_store(path, list(rows), vectors, attributes, dtype="float32")


def rows_of(result):
    assert result.exit_code == 0, result.output
    return [tuple(line.split("\t")) for line in result.stdout.splitlines()[2:]]


def test_neighbours_best_first(tmp_path):
    queries = store(tmp_path / "q.zarr", {"q": [0.6, 0.8]})
    index = store(tmp_path / "i.zarr", SIDES)
    assert rows_of(run(["gld-search", queries, "--index", index, "-k", "2"])) == [
        ("q", "b", "1", "0.96000004"),
        ("q", "c", "2", "0.8"),
    ]


def test_an_ensemble_sums_similarities(tmp_path):
    queries = [store(tmp_path / f"q{n}.zarr", {"q": v}) for n, v in enumerate([[1, 0], [0, 1]])]
    index = store(tmp_path / "i.zarr", SIDES)
    names = "".join(f"{name}\n" for name in queries)
    found = rows_of(run(["gld-search", "--index", index, "--index", index], stdin=names))
    assert found == [
        ("q", "b", "1", "1.4000001"),
        ("q", "a", "2", "1.0"),
        ("q", "c", "3", "1.0"),
    ]


def ensemble(tmp_path, *second):
    """Two networks: the second index store has the given rows."""
    tmp_path.mkdir(exist_ok=True)
    queries = [store(tmp_path / f"q{n}.zarr", {"q": v}) for n, v in enumerate([[1, 0], [0, 1]])]
    index = store(tmp_path / "i0.zarr", SIDES)
    other = store(tmp_path / "i1.zarr", dict(second))
    return ["gld-search", *queries, "--index", index, "--index", other]


def test_an_ensemble_sums_weighted_similarities(tmp_path):
    command = ensemble(tmp_path, *SIDES.items())
    output = tmp_path / "n.tsv"
    assert run([*command, "--weight", "2", "--weight", "0.1", "-o", output]).exit_code == 0
    # 2 * 0.8 + 0.1 * 0.6 is 1.66, of the float32 numbers nearest to 0.8 and 0.6.
    assert output.read_text().splitlines()[1:] == [
        "query_id\tindex_id\trank\tscore",
        "q\ta\t1\t2.0",
        "q\tb\t2\t1.6600001",
        "q\tc\t3\t0.1",
    ]
    assert '"weights": [2.0, 0.1]' in output.read_text().splitlines()[0]


def test_weights_of_1_change_no_row(tmp_path):
    command = ensemble(tmp_path, *SIDES.items())
    assert rows_of(run([*command, "--weight", "1", "--weight", "1"])) == rows_of(run(command))


def test_stores_in_another_order_and_with_more_images_are_matched_by_id(tmp_path):
    expected = rows_of(run(ensemble(tmp_path / "same", *SIDES.items())))
    more = [("more", [1, 0]), *reversed(SIDES.items())]
    assert rows_of(run(ensemble(tmp_path / "more", *more))) == expected


@pytest.mark.parametrize(
    ("weights", "line"),
    [
        (
            ["1"],
            "1 weight and 2 query stores; an ensemble needs one --weight for each query store, "
            "in the same order",
        ),
        (["0", "0"], "all weights are 0, so all scores would be; expected one that is not"),
    ],
)
def test_wrong_weights(tmp_path, weights, line):
    options = [part for weight in weights for part in ("--weight", weight)]
    result = run([*ensemble(tmp_path, *SIDES.items()), *options])
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {line}\n")


def test_an_image_that_a_store_lacks_is_named(tmp_path):
    result = run(ensemble(tmp_path, ("a", [1, 0]), ("c", [0, 1])))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {tmp_path / 'i1.zarr'}: lacks 'b', which {tmp_path / 'i0.zarr'} holds (1 such); "
        "an ensemble's stores hold all images of the first one; embed them with each network\n"
    )


def test_the_query_itself_is_left_out(tmp_path):
    index = store(tmp_path / "i.zarr", SIDES)
    graph = ["gld-search", index, "--index", index]
    assert rows_of(run([*graph, "-k", "1"])) == [
        ("a", "b", "1", "0.8"),
        ("b", "a", "1", "0.8"),
        ("c", "b", "1", "0.6"),
    ]
    assert [row[:3] for row in rows_of(run(graph))] == [
        ("a", "b", "1"),
        ("a", "c", "2"),
        ("b", "a", "1"),
        ("b", "c", "2"),
        ("c", "b", "1"),
        ("c", "a", "2"),
    ]
    assert rows_of(run([*graph, "-k", "1", "--keep-self"])) == [
        ("a", "a", "1", "1.0"),
        ("b", "b", "1", "1.0"),
        ("c", "c", "1", "1.0"),
    ]


def test_a_query_with_the_id_of_an_index_image_is_that_image(tmp_path):
    """Of copies of an image only the one with its id is left out, whatever their scores."""
    queries = store(tmp_path / "q.zarr", {"c": [1, 0], "new": [1, 0]})
    index = store(tmp_path / "i.zarr", {"first": [1, 0], "c": [1, 0], "last": [0.6, 0.8]})
    assert rows_of(run(["gld-search", queries, "--index", index, "-k", "2"])) == [
        ("c", "first", "1", "1.0"),
        ("c", "last", "2", "0.6"),
        ("new", "first", "1", "1.0"),
        ("new", "c", "2", "1.0"),
    ]
    assert [row[:3] for row in rows_of(run(["gld-search", queries, "--index", index]))] == [
        ("c", "first", "1"),
        ("c", "last", "2"),
        ("new", "first", "1"),
        ("new", "c", "2"),
        ("new", "last", "3"),
    ]


def test_stores_of_other_checkpoints_are_refused(tmp_path):
    queries = store(tmp_path / "q.zarr", {"q": [1, 0]}, checkpoint="2")
    index = store(tmp_path / "i.zarr", SIDES)
    result = run(["gld-search", queries, "--index", index])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {queries} and {index}: different checkpoint (2 and 1), so their similarities mean "
        "nothing; embed both with the same checkpoint and image settings\n"
    )


RESTORE = "restore the store from a copy, or embed again under another name"


def test_an_empty_index_is_refused(tmp_path):
    queries = store(tmp_path / "q.zarr", {"q": [0.6, 0.8]})
    index = write_store(tmp_path / "i.zarr", [], np.empty((0, 2)), {"checkpoint": {"sha256": "1"}})
    result = run(["gld-search", queries, "--index", index])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {index}: holds no images; expected an index to search; make it with gld-embed "
        "from a list of images\n"
    )


@pytest.mark.parametrize("broken", ["queries", "index", "second index"])
def test_a_row_that_is_not_a_number_is_named(tmp_path, broken):
    """One such row of an index made all rows of its block vanish from the results."""
    vectors = {"queries": {"q": [0.6, 0.8], "r": [1, 0]}, "index": SIDES, "second index": SIDES}
    vectors[broken] = {**vectors[broken], "x": [np.nan, 1]}
    queries, index, second = (store(tmp_path / f"{side}.zarr", vectors[side]) for side in vectors)
    stores = [queries, queries, "--index", index, "--index", second]
    if broken == "index":
        stores = [queries, "--index", index]
    if broken == "second index":
        index = store(tmp_path / "sound.zarr", {**SIDES, "x": [0, 1]})
        stores = [queries, queries, "--index", index, "--index", second]
    output = tmp_path / "n.tsv"
    result = run(["gld-search", *stores, "-o", output])
    row = len(vectors[broken]) - 1
    assert result.exit_code == 1 and not output.exists()
    assert result.stderr == (
        f"Error: {tmp_path / broken}.zarr: row {row} (id 'x'): its vector is not finite; "
        f"{RESTORE}\n"
    )


def test_an_ensemble_needs_an_index_for_each_store(tmp_path):
    index = store(tmp_path / "i.zarr", SIDES)
    result = run(["gld-search", index, index, "--index", index])
    assert result.stderr == (
        "Error: 2 query stores and 1 index store; an ensemble needs one "
        "--index for each query store, in the same order; name the parts of an index in quotes, "
        "such as --index 'parts/{000..099}.zarr'\n"
    )


def test_something_else_on_standard_input(tmp_path):
    index = store(tmp_path / "i.zarr", SIDES)
    result = run(["gld-search", "--index", index], stdin="hello\n")
    assert result.stderr == (
        "Error: standard input: 'hello' is not an embedding store; "
        "expected the path that gld-embed prints, one a line\n"
    )


@pytest.mark.parametrize(
    ("stdin", "line"),
    [
        (
            b"e.zarr\ncaf\xe9.zarr\n",
            "Error: caf\\xe9.zarr: not UTF-8, as all names must be; "
            "rename it, or name it by a link whose name is UTF-8\n",
        ),
        (
            "e.zarr\n".encode("utf-16"),
            "Error: standard input: UTF-16 text, expected UTF-8; "
            "save it as UTF-8, or convert it with iconv -f UTF-16 -t UTF-8\n",
        ),
    ],
)
def test_names_on_standard_input_that_are_not_utf_8(tmp_path, stdin, line):
    index = store(tmp_path / "i.zarr", SIDES)
    result = run(["gld-search", "--index", index], stdin=stdin)
    assert (result.exit_code, result.stderr) == (1, line)


def test_names_on_standard_input_may_begin_with_a_byte_order_mark(tmp_path):
    index = store(tmp_path / "i.zarr", SIDES)
    plain = run(["gld-search", "--index", index], stdin=f"{index}\n")
    marked = run(["gld-search", "--index", index], stdin=f"\ufeff{index}\r\n".encode())
    assert rows_of(marked) == rows_of(plain)


def test_the_same_answer_as_one_numpy_product(tmp_path):
    ids = [f"x{n}" for n in range(500)]
    index = open_store(small_store(tmp_path / "i.zarr", ids))
    queries = open_store(small_store(tmp_path / "q.zarr", [f"q{n}" for n in range(9)], seed=1))
    product = queries.read(slice(0, 9)) @ index.read(slice(0, 500)).T
    best = np.argsort(-product, axis=1)[:, :20]
    expected = [(f"q{q}", f"x{i}") for q in range(9) for i in best[q]]
    found = rows_of(run(["gld-search", queries.path, "--index", index.path, "-k", "20"]))
    assert [row[:2] for row in found] == expected


@pytest.mark.gpu
def test_a_gpu_writes_the_same_bytes(tmp_path):
    index = small_store(tmp_path / "index.zarr", [f"x{n}" for n in range(30_000)], 1, 64)
    queries = small_store(tmp_path / "queries.zarr", [f"q{n}" for n in range(50)], 2, 64)
    tables = {}
    for device in ("cpu", "cuda"):
        found = tmp_path / f"{device}.tsv"
        command = ["gld-search", queries, "--index", index, "-k", "500", "--device", device]
        assert run([*command, "-o", found]).exit_code == 0
        tables[device] = found.read_bytes()
    assert tables["cuda"] == tables["cpu"]
    assert tables["cpu"].count(b"\n") == 2 + 50 * 500


def test_the_header_does_not_depend_on_the_device(tmp_path):
    store = small_store(tmp_path / "q.zarr", ["a", "b"])
    command = ["gld-search", store, "--index", store]
    found = [run([*command, *device]).stdout for device in ([], ["--device", "cpu"])]
    assert found[0] == found[1]
    assert "--device" not in found[1]
