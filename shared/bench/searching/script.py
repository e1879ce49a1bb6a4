"""``python script.py product|sort|faiss FOLDER``: a search as a script of a few lines does it.

Reads ``queries.npy``, ``index.npy`` (float16) and the ids beside them, and writes the neighbours to
``script.tsv``. Nothing is checked. ``product`` only multiplies.
"""

import sys
from pathlib import Path

import numpy as np

K, BLOCK = 100, 16_384


def main(way: str, folder: Path) -> None:
    """Search."""
    queries, index = (np.load(folder / f"{name}.npy") for name in ("queries", "index"))
    queries, index = queries.astype(np.float32), index.astype(np.float32)
    if way == "product":
        for start in range(0, len(index), BLOCK):
            queries @ index[start : start + BLOCK].T
        return
    if way == "sort":
        similarities = queries @ index.T
        rows = np.argsort(-similarities, axis=1)[:, :K]
        scores = np.take_along_axis(similarities, rows, axis=1)
    else:
        import faiss

        flat = faiss.IndexFlatIP(index.shape[1])
        flat.add(index)
        scores, rows = flat.search(queries, K)
    query_ids, ids = ((folder / f"{name}.txt").read_text().split() for name in ("queries", "index"))
    with (folder / "script.tsv").open("w") as table:
        for query, of_query, own in zip(query_ids, rows, scores, strict=True):
            for rank, (row, score) in enumerate(zip(of_query, own, strict=True), 1):
                table.write(f"{query}\t{rank}\t{ids[row]}\t{score}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
