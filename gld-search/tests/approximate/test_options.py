"""Options of an approximate search that do not fit together."""

import pytest

from .commands import IVF, SEARCH, refused

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--append"], "--append needs the --index-file that it extends"),
        (["--refine", "3"], "--refine needs --factory or --index-file"),
        (["--probe", "3"], "--probe needs --factory or --index-file"),
        (["--recall", "3"], "--recall needs --factory or --index-file"),
        (["--seed", "3"], "--seed needs --factory or --index-file"),
        (
            ["--factory", IVF, "--shard", "1/2"],
            "--shard is for exact search; an index file is searched as a whole",
        ),
        (
            ["--factory", IVF, "--memory", "1G"],
            "--memory is for exact search; approximate search holds the whole FAISS index, whose "
            "size depends on its factory",
        ),
        (
            ["--factory", IVF, "-o", "n.zarr", "-j", "2"],
            "-j, --gpus and --engine are for exact search; approximate search uses all cores in "
            "one process",
        ),
    ],
)
def test_options_that_mean_nothing_together(options, line):
    assert refused(*SEARCH, "index.zarr", *options, code=2) == f"Error: {line}"


def test_the_folder_of_an_index_file_is_there():
    options = ["--factory", "Flat", "--index-file", "none/i.faiss"]
    assert refused(*SEARCH, "index.zarr", *options) == (
        "Error: none/i.faiss: none is not a folder; make it, or name another --index-file"
    )


def test_probe_without_lists_or_graph():
    assert refused(*SEARCH, "index.zarr", "--factory", "PQ8x4fs", "--probe", "3") == (
        "Error: --probe 3: the index has neither inverted lists nor a graph, so every search "
        "visits all of it; leave out --probe"
    )
