"""Index files: built, opened, extended, and refused unless their sidecar describes them."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from gld_search.approximate import index_file, sidecar
from gld_search.approximate.import_faiss import choose_kernel, import_faiss
from gld_search.approximate.index_file import kept_index
from gld_search.approximate.sidecar import Sidecar, description_of
from gld_shared.checked_json import read_checked_json
from gld_shared.file_lock import locked
from gld_shared.files import sha256
from gld_shared.store import open_store, write_store
from gld_shared.store.parts import open_parts
from gld_shared.testing import program, run
from gld_shared.verification import verify

pytestmark = pytest.mark.usefixtures("folder")
IVF = "IVF16,PQ8x4fs"
ATTRIBUTES = {"checkpoint": {"path": "random:none", "sha256": "0"}, "normalized": True}
WHOLE = ["gld-search", "queries.zarr", "--index", "index.zarr", "--index-file", "i.faiss"]
TWO = ["gld-search", "queries.zarr", "--index", "p{0,1}.zarr", "--index-file", "i.faiss"]
THREE = ["gld-search", "queries.zarr", "--index", "p{0..2}.zarr", "--index-file", "i.faiss"]


def done(*arguments):
    result = run(arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def refused(*arguments, code=1):
    result = run(arguments)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    return result.stderr.splitlines()[-1]


def files_here():
    return {path.name for path in Path().iterdir() if not path.is_symlink()}


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
    assert read_checked_json(Path("i.faiss.json"), Sidecar) == {
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


REMEDY = "build the index file of these stores with --factory and another --index-file"
AGAIN = "copy both files again, or build another with --factory, --index-file i.faiss.new"


def test_an_index_file_of_another_store_is_refused(images):
    done(*WHOLE, "--factory", IVF)
    write_store("other.zarr", [f"o{n}" for n in range(3000)], images[::-1], ATTRIBUTES)
    other = ["gld-search", "queries.zarr", "--index", "other.zarr", "--index-file", "i.faiss"]
    digests = [open_store(name).sha256[:12] for name in ("index.zarr", "other.zarr")]
    assert refused(*other) == (
        f"Error: i.faiss: is of index.zarr with sha256 {digests[0]}, but other.zarr has "
        f"{digests[1]}; {REMEDY}"
    )


def test_all_stores_of_an_index_file_are_named():
    done(*THREE, "--factory", IVF)
    assert refused(*TWO) == (
        "Error: i.faiss: is also of p2.zarr, which is not in --index; name all of its stores, or "
        f"{REMEDY}"
    )


def test_another_factory_than_that_of_the_file():
    done(*WHOLE, "--factory", IVF)
    assert refused(*WHOLE, "--factory", "Flat") == (
        f"Error: i.faiss: is of --factory {IVF}, not Flat; leave out --factory, or name another "
        "--index-file"
    )


def test_no_index_file_and_no_factory():
    assert refused(*WHOLE) == (
        "Error: i.faiss: not found; build it with --factory, such as IVF4096,PQ64x4fs"
    )


def test_an_index_file_without_its_sidecar_is_not_opened(monkeypatch):
    done(*WHOLE, "--factory", IVF)
    monkeypatch.setattr("gld_search.approximate.index_file._read", None)
    Path("i.faiss.json").rename("sidecar")
    assert refused(*WHOLE) == (
        "Error: i.faiss: has no i.faiss.json beside it; FAISS trusts the file that it parses, so "
        f"only one that gld-search made is opened; {AGAIN}"
    )
    Path("i.faiss.json").write_bytes(Path("sidecar").read_bytes().replace(b"2", b"3", 1))
    assert refused(*WHOLE) == (f"Error: i.faiss.json: does not match its checksum; {AGAIN}")


@pytest.mark.parametrize("change", ["cut", "flipped", "hostile"])
def test_a_file_that_its_sidecar_does_not_describe_is_not_opened(change, monkeypatch):
    done(*WHOLE, "--factory", IVF)
    monkeypatch.setattr("gld_search.approximate.index_file._read", None)
    data = bytearray(Path("i.faiss").read_bytes())
    described = sha256("i.faiss")[:12]
    if change == "cut":
        del data[-1:]
    elif change == "flipped":
        data[len(data) // 2] ^= 1
    else:
        data = b"IwPQ" + b"\xff" * 1000
    Path("i.faiss").write_bytes(data)
    found = sha256("i.faiss")[:12]
    for command in (WHOLE, [*WHOLE, "--append"], [*WHOLE, "--factory", IVF]):
        assert refused(*command) == (
            f"Error: i.faiss: sha256 is {found}, but i.faiss.json describes a file of "
            f"{described}; {AGAIN}"
        )


def test_an_interrupted_build_leaves_nothing(monkeypatch):
    def interrupted(index, *_):
        index.train(np.eye(16, dtype=np.float32))
        raise KeyboardInterrupt

    monkeypatch.setattr("gld_search.approximate.build.add", interrupted)
    result = run([*WHOLE, "--factory", "Flat"])
    assert (result.exit_code, result.stderr) == (130, "\nError: interrupted\n")
    assert files_here() == set()


def test_a_full_disk_leaves_the_old_file(monkeypatch):
    done(*TWO, "--factory", IVF)
    before = {name: Path(name).read_bytes() for name in files_here()}
    faiss = import_faiss()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(faiss, "write_index", full)
    assert refused(*THREE, "--append").startswith("Error: i.faiss: ")
    assert {name: Path(name).read_bytes() for name in files_here()} == before


def test_a_process_that_dies_between_the_two_files_leaves_a_usable_pair(monkeypatch):
    """The sidecar is written first, for the old file and the new; then the file is replaced."""
    done(*TWO, "--factory", IVF)
    old = Path("i.faiss").read_bytes()
    sidecars = []

    def note(file, files):
        sidecar.write_sidecar(file, files)
        sidecars.append((Path("i.faiss").read_bytes(), Path("i.faiss.json").read_bytes()))

    monkeypatch.setattr(index_file, "write_sidecar", note)
    rows = done(*THREE, "--append")[1:]
    new = Path("i.faiss").read_bytes()
    assert [data for data, _ in sidecars] == [old, new]
    between = sidecars[0][1]
    for data, command in ((old, TWO), (new, THREE)):
        Path("i.faiss").write_bytes(data)
        Path("i.faiss.json").write_bytes(between)
        found = done(*command)[1:]
        assert (found == rows) == (command is THREE)


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ("pipe", "is a named pipe, expected an index file"),
        ("/dev/zero", "is a device, expected an index file"),
        ("huge", "21,474,836,480 bytes, but i.faiss.json describes a file of {size:,}"),
    ],
)
def test_what_is_no_index_file_is_not_hashed(other, fault):
    done(*WHOLE, "--factory", IVF)
    size = Path("i.faiss").stat().st_size
    Path("i.faiss").unlink()
    if other == "pipe":
        os.mkfifo("i.faiss")
    elif other == "huge":
        with Path("i.faiss").open("wb") as stream:
            stream.truncate(20 << 30)
    else:
        Path("i.faiss").symlink_to(other)
    assert refused(*WHOLE) == f"Error: i.faiss: {fault.format(size=size)}; {AGAIN}"


def test_the_next_search_completes_what_a_killed_process_left():
    done(*TWO, "--factory", IVF)
    written = {name: Path(name).read_bytes() for name in files_here()}
    description = description_of(Path("i.faiss"))
    # As if it were killed as soon as it had replaced another file.
    sidecar.write_sidecar(Path("i.faiss"), [{**description, "sha256": "0" * 64}, description])
    for left in (".i.faiss.lock", ".i.faiss.json.0123abcd", ".i.faiss.4567abcd"):
        Path(left).touch()
    done(*TWO)
    assert {name: Path(name).read_bytes() for name in files_here()} == written


def test_a_factory_that_takes_no_new_vectors():
    done(*TWO, "--factory", "NSG8,Flat")
    before = sha256("i.faiss")
    line = refused(*THREE, "--append")
    assert line.startswith("Error: --factory NSG8,Flat: vectors cannot be added: ")
    assert line.endswith(
        "; use another factory, which adds vectors at any time, such as IVF4096,PQ64x4fs"
    )
    assert sha256("i.faiss") == before


def test_another_process_that_writes_the_file():
    command = [program("gld-search"), *WHOLE[1:], "--factory", "Flat"]
    with locked(Path(".i.faiss.lock"), "busy"):
        result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (
        1,
        "Error: i.faiss: another process writes it; wait until it ends, or name another "
        "--index-file\n",
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["--index-file", "here"],
            "Error: Invalid value for '--index-file': File 'here' is a directory.",
        ),
        (
            ["--index-file", "n.tsv", "-o", "n.tsv"],
            "Error: n.tsv: is both --index-file and -o; give each a name of its own",
        ),
        (
            ["--index-file", "i.faiss", "-o", "i.faiss.json"],
            "Error: i.faiss.json: describes --index-file i.faiss; name another output",
        ),
        (
            ["--index-file", "index.zarr/i.faiss"],
            "Error: index.zarr/i.faiss: is inside index.zarr, a store that is read as --index; "
            "name another output",
        ),
    ],
)
def test_index_files_that_cannot_be(options, line):
    Path("here").mkdir()
    result = run(
        ["gld-search", "queries.zarr", "--index", "index.zarr", "--factory", IVF, *options]
    )
    assert (result.exit_code != 0, result.stdout) == (True, "")
    assert result.stderr.splitlines()[-1] == line


def test_the_history_names_an_index_file_that_changed():
    done(*TWO, "--factory", IVF, "-o", "n.tsv")
    history = json.loads(Path("n.tsv").read_text().splitlines()[0][1:])["history"]
    assert verify(history) == []
    was = sha256("i.faiss")[:12]
    done(*THREE, "--append", "-o", "m.tsv")
    now = sha256("i.faiss")[:12]
    assert verify(history) == [f"i.faiss: sha256 is {now}, but gld-search read {was}"]


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


NEW = "processor : 0\nflags\t\t: fpu avx2 avx512f avx512bw avx512cd avx512dq avx512vl\n"
OLD = "processor : 0\nflags\t\t: fpu avx2\n"


@pytest.mark.parametrize(
    ("flags", "exported", "chosen"),
    [(NEW, None, "SkylakeX"), (OLD, None, None), (NEW, "Haswell", "Haswell")],
)
def test_the_blas_kernel_is_that_of_the_cpu_unless_the_user_chose(
    flags, exported, chosen, tmp_path, monkeypatch
):
    # Set first, so that what the code under test sets is undone too.
    monkeypatch.setenv("OPENBLAS_CORETYPE", "x")
    monkeypatch.delenv("OPENBLAS_CORETYPE")
    monkeypatch.setattr("sys.platform", "linux")
    if exported:
        monkeypatch.setenv("OPENBLAS_CORETYPE", exported)
    cpu_info = tmp_path / "cpuinfo"
    cpu_info.write_text(flags)
    assert choose_kernel(cpu_info) == chosen
