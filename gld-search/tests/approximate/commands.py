"""Commands that search the stores of the fixture ``folder`` with an index file."""

from pathlib import Path

from gld_shared import testing

IVF = "IVF16,PQ8x4fs"
SEARCH = ["gld-search", "queries.zarr", "--index"]
WHOLE = ["gld-search", "queries.zarr", "--index", "index.zarr", "--index-file", "i.faiss"]
TWO = ["gld-search", "queries.zarr", "--index", "p{0,1}.zarr", "--index-file", "i.faiss"]
THREE = ["gld-search", "queries.zarr", "--index", "p{0..2}.zarr", "--index-file", "i.faiss"]
AGAIN = "copy both files again, or build another with --factory, --index-file i.faiss.new"


def done(*arguments):
    """Return the lines of a command that succeeds."""
    return testing.succeeded(arguments).stdout.splitlines()


def refused(*arguments, code=1):
    """Return the last message of a command that fails with ``code``."""
    return testing.refused(arguments, code=code).splitlines()[-1]


def files_here():
    """Return the names of the files that commands have made."""
    return {path.name for path in Path().iterdir() if not path.is_symlink()}
