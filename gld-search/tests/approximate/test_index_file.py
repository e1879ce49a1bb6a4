"""Index files: built once, opened by later searches, and extended by new parts."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from gld_search.approximate.import_faiss import import_faiss
from gld_search.approximate.index_file import kept_index
from gld_search.approximate.sidecar import description_of
from gld_shared.sha256 import sha256
from gld_shared.store import open_store
from gld_shared.store.parts import open_parts
from gld_shared.verification import verify

from .commands import IVF, THREE, TWO, WHOLE, done, files_here, refused

pytestmark = pytest.mark.usefixtures("folder")
ATTRIBUTES = {"checkpoint": {"path": "random:none", "sha256": "0"}, "normalized": True}


def sha256_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_index_file_is_built_once_and_finds_the_same_rows_ever_after():
    built = done(*WHOLE, "--factory", IVF)
    assert files_here() == {"i.faiss", "i.faiss.json"}
    digest = sha256("i.faiss")
    assert done(*WHOLE)[1:] == done(*WHOLE, "--factory", IVF)[1:] == built[1:]
    assert sha256("i.faiss") == digest
    header = json.loads(built[0][1:])
    assert header["approximate"] == {"factory": IVF, "refine": 10, "probe": 4}
    assert header["history"][-1]["inputs"][-1] == {"path": "i.faiss", "sha256": digest}


def test_its_sidecar_says_what_it_is():
    done(*TWO, "--factory", f"{IVF},RFlat", "--seed", "7")
    sidecar = json.loads(Path("i.faiss.json").read_bytes())
    assert sidecar.pop("sha256") == sha256_of(json.dumps(sidecar, sort_keys=True))
    assert sidecar == {
        "format": "gld-faiss/1",
        "files": [
            {
                "sha256": sha256("i.faiss"),
                "bytes": Path("i.faiss").stat().st_size,
                "images": 2400,
                "factory": "IVF16,PQ8x4fs,RFlat",
                "seed": 7,
                "trained_on": 2400,
                "faiss": import_faiss().__version__,
                "stores": [
                    [
                        {"path": name, "sha256": open_store(name).sha256, "images": 1200}
                        for name in ("p0.zarr", "p1.zarr")
                    ]
                ],
            }
        ],
    }
    # Codes of 8 x 4 bits and 8 bytes of number each, and the lists; none of the vectors.
    assert Path("i.faiss").stat().st_size < 2400 * (4 + 8) + 20_000


def test_the_seed_draws_the_sample(monkeypatch):
    monkeypatch.setattr("gld_search.approximate.train._LEAST", 1000)
    index = [open_store("index.zarr")]
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        kept_index(Path(name), IVF, index, seed)
    assert description_of(Path("a"))["trained_on"] == 1024
    assert Path("a").read_bytes() == Path("b").read_bytes() != Path("c").read_bytes()


@pytest.mark.parametrize(
    "factory",
    [
        IVF,
        pytest.param("OPQ8,PQ8x4fs", marks=pytest.mark.slow),
        "PCA8,IVF16,SQ8",
        "RR16,IVF16,RaBitQ",
        "HNSW8",
        "NSG16,Flat",
    ],
)
def test_the_bytes_do_not_depend_on_the_number_of_threads(factory, monkeypatch):
    faiss = import_faiss()
    threads = faiss.omp_get_max_threads()
    tables, files = set(), set()
    for number in (1, 3):
        faiss.omp_set_num_threads(number)
        monkeypatch.setattr("gld_search.approximate.candidates.cores", lambda n=number: n)
        Path("i.faiss").unlink(missing_ok=True)
        tables.add("\n".join(done(*WHOLE, "--factory", factory)[1:]))
        files.add(Path("i.faiss").read_bytes())
    faiss.omp_set_num_threads(threads)
    assert len(tables) == len(files) == 1


def test_new_parts_are_appended():
    done(*TWO, "--factory", IVF)
    assert refused(*THREE) == (
        "Error: i.faiss: lacks 1 of the parts of --index, which are new; add them with --append"
    )
    wide = ["--refine", "200", "--probe", "16", "-k", "15"]
    exact = done("gld-search", "queries.zarr", "--index", "index.zarr", "-k", "15")
    assert done(*THREE, "--append", *wide)[1:] == exact[1:]
    assert description_of(Path("i.faiss"))["images"] == 3000
    digest = sha256("i.faiss")
    assert done(*THREE, "--append", *wide)[1:] == done(*THREE, *wide)[1:] == exact[1:]
    assert sha256("i.faiss") == digest
    assert files_here() == {"i.faiss", "i.faiss.json"}


def test_an_ensemble_has_an_index_file_of_its_own():
    both = ["queries.zarr", "--index", "index.zarr", "--index", "p{0..2}.zarr"]
    command = ["gld-search", "queries.zarr", *both, "--index-file", "i.faiss"]
    done(*command, "--factory", IVF)
    description = description_of(Path("i.faiss"))
    assert [len(stores) for stores in description["stores"]] == [1, 3]
    assert refused(*WHOLE) == (
        "Error: i.faiss: is of an ensemble of 2, expected one of 1; build the index file of these "
        "stores with --factory and another --index-file"
    )


def test_the_history_names_an_index_file_that_changed():
    done(*TWO, "--factory", IVF, "-o", "n.tsv")
    history = json.loads(Path("n.tsv").read_text().splitlines()[0][1:])["history"]
    assert verify(history) == []
    was = sha256("i.faiss")[:12]
    done(*THREE, "--append", "-o", "m.tsv")
    now = sha256("i.faiss")[:12]
    assert verify(history) == [
        f"i.faiss: sha256 is {now}, but gld-search read {was}; restore it from a copy, or run "
        "gld-search and the commands after it again"
    ]


def test_a_link_to_an_index_file_stays_a_link():
    Path("disk").mkdir()
    Path("i.faiss").symlink_to("disk/i.faiss")
    rows = done(*TWO, "--factory", IVF)[1:]
    assert Path("i.faiss").is_symlink() and Path("disk/i.faiss").is_file()
    assert done(*TWO)[1:] == rows


def test_copies_of_the_stores_are_the_same_stores():
    rows = done(*TWO, "--factory", IVF)[1:]
    for part in (0, 1):
        shutil.copytree(f"p{part}.zarr", f"c{part}.zarr")
    copies = ["gld-search", "queries.zarr", "--index", "c{0,1}.zarr", "--index-file", "i.faiss"]
    assert done(*copies)[1:] == rows
    assert open_parts(["c0.zarr", "c1.zarr"]).n == 2400
