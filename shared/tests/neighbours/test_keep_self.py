"""Whether neighbours keep own images: by the header, or the searches of older releases."""

from dataclasses import dataclass

import pytest
from gld_shared.neighbours.keep_self import keeps_self


@dataclass
class Neighbours:
    """Neighbours of q.zarr in i.zarr, by their header and history."""

    header: dict
    path: str = "n.tsv"

    @property
    def history(self):
        return self.header["history"]


def step(tool, *arguments, inputs=("q.zarr", "i.zarr")):
    entries = [{"path": path, "sha256": f"digest of {path}"} for path in inputs]
    return {"tool": tool, "version": "1", "arguments": list(arguments), "inputs": entries}


def neighbours(*history, **header):
    stores = {"queries": ["q.zarr"], "index": ["i.zarr"]}
    return Neighbours({**stores, **header, "history": list(history)})


KEEPING, PLAIN = step("gld-search", "--keep-self"), step("gld-search")
TAGS = step("gld-search", "--keep-self", inputs=("i.zarr", "train.zarr"))
RERANK = step("gld-rerank", "expand")


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("search", [KEEPING, PLAIN])
def test_the_header_decides(kept, search):
    assert keeps_self(neighbours(search, RERANK, keep_self=kept)) == kept


@pytest.mark.parametrize(
    ("history", "kept"),
    [
        ([], False),
        ([KEEPING], True),
        ([PLAIN], False),
        ([KEEPING, RERANK, RERANK], True),
        ([PLAIN, TAGS, RERANK], False),
        ([KEEPING, TAGS, RERANK], True),
        ([PLAIN, KEEPING, RERANK], False),  # the index is its own reference
    ],
)
def test_without_a_word_in_the_header_the_search_of_its_stores_decides(history, kept):
    assert keeps_self(neighbours(*history)) == kept
