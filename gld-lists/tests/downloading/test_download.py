"""gld-lists download, against a local server."""

import os
import pty
import subprocess
import sys

import pytest
from gld_lists.downloading import download
from gld_lists.downloading.archive import Archive
from gld_lists.downloading.published_files import ARCHIVES, PARTS
from gld_lists.downloading.retries_and_stop import Session
from gld_shared.errors import DataError
from gld_shared.testing import program, run


def test_metadata_goes_where_gld_lists_google_reads_it(gld_download, mini, tmp_path):
    mini.tables()
    gld_download.fetch(tmp_path / "raw", "metadata")
    assert sorted(gld_download.files(tmp_path / "raw")) == [
        "index/index.csv",
        "index/index_image_to_landmark.csv",
        "index/index_label_to_category.csv",
        "index/index_label_to_hierarchical.csv",
        "test/recognition_solution_v2.1.csv",
        "test/retrieval_solution_v2.1.csv",
        "test/test.csv",
        "train/train.csv",
        "train/train_attribution.csv",
        "train/train_clean.csv",
        "train/train_label_to_category.csv",
        "train/train_label_to_hierarchical.csv",
    ]
    line = b"id,url,landmark_id\n"
    assert (tmp_path / "raw/train/train.csv").read_bytes() == line + line


def test_images_are_unpacked_into_their_tree(gld_download, mini, tmp_path):
    for number in (0, 1, 7):
        mini.archive("index", number)
    mini.archive("test", 0)
    gld_download.fetch(tmp_path / "raw", "index", "--shards", "0-1,7")
    gld_download.fetch(tmp_path / "raw", "test", "--shards", "0")
    assert gld_download.files(tmp_path / "raw") == mini.images
    assert len(mini.images) == 12


def test_a_finished_folder_sends_no_requests(gld_download, server, mini, tmp_path):
    mini.tables()
    mini.archive("index", 0)
    arguments = ("metadata", "index", "countries", "--shards", "0")
    server.files["/country/FR.json"] = b'[{"name": "Louvre"}]'
    gld_download.fetch(tmp_path, *arguments)
    before = gld_download.files(tmp_path)
    server.forget()
    gld_download.fetch(tmp_path, *arguments)
    assert server.requests == []
    assert gld_download.files(tmp_path) == before


def test_failures_are_reported_together_after_the_rest(gld_download, server, mini, tmp_path):
    for number in range(4):
        mini.archive("index", number)
    for number in (0, 2):
        del server.files[f"/index/images_00{number}.tar"]
    answer = (
        "the server answered 404 Not Found; expected the file, check the address and --base-url"
    )
    assert gld_download.refused(tmp_path, "index", "--shards", "0-3", "-j", "1") == (
        f"Error: 2 files failed: http://mirror/index/images_000.tar: {answer} | "
        f"http://mirror/index/images_002.tar: {answer}\n"
    )
    assert len(gld_download.files(tmp_path)) == 6


def test_an_empty_mirror_is_given_up(gld_download, server, tmp_path):
    message = gld_download.refused(tmp_path, "train", "-j", "1")
    assert message.startswith(
        "Error: 5 files failed: http://mirror/md5sum/train/md5.images_000.txt"
    )
    # A sixth request may be sent before the run ends.
    assert len(server.gets()) in (5, 6)


def test_transfers_are_parallel(gld_download, server, mini, tmp_path):
    for number in range(4):
        mini.archive("index", number, size=50)
    server.pause = 0.1
    gld_download.fetch(tmp_path, "index", "--shards", "0-3", "-j", "4")
    # Even sequential requests overlap in pairs: an answer ends after the next request begins.
    assert server.most > 2


def test_too_little_disk_space_is_reported_before_the_first_byte(server, mini, tmp_path):
    path = mini.archive("index", 0)
    files = download.files_of(tmp_path, ["index"], server.url, shards=[0])
    left = download.bytes_left(files, 1, Session())
    assert left == len(server.files[path])
    with pytest.raises(DataError) as error:
        download.refuse_full(tmp_path, 10**18)
    assert str(error.value).endswith(
        " GB free, expected 1000000000.0 GB for what is to be fetched; make room, or fetch a part "
        "with --shards"
    )
    assert server.gets() == []


HOLD = (
    "import sys; from pathlib import Path\n"
    "from gld_lists.downloading.folder_lock import lock_folder\n"
    "with lock_folder(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


def test_two_downloads_cannot_write_the_same_folder(gld_download, tmp_path):
    held, pipe = [sys.executable, "-c", HOLD, tmp_path], subprocess.PIPE
    with subprocess.Popen(held, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout.readline() == "held\n"
        assert gld_download.refused(tmp_path, "metadata") == (
            f"Error: {tmp_path}: another download writes here; wait until it ends, or name another "
            "folder\n"
        )


def test_a_terminal_shows_rate_and_time_left(gld_download, mini, tmp_path):
    mini.archive("index", 0, count=5, size=1_000_000)
    terminal, other_end = pty.openpty()
    _, *rest = map(str, gld_download.arguments(tmp_path, "index", "--shards", "0"))
    try:
        done = subprocess.run([program("gld-lists"), *rest], stderr=other_end, timeout=20)
        shown = os.read(terminal, 100_000).decode()
    finally:
        os.close(terminal)
        os.close(other_end)
    assert done.returncode == 0, shown
    assert "downloading" in shown
    assert "5/5" in shown
    assert "MB/s" in shown


SHARDS = "Invalid value for '--shards': "


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("index --shards 3-x", f"{SHARDS}'3-x' is neither a number nor a range such as 0-9"),
        ("index --shards 9-3", f"{SHARDS}'9-3' is not a part of 0-499"),
        ("train --shards 0-500", f"{SHARDS}'0-500' is not a part of 0-499"),
        ("test --shards 20", "--shards: test has the archives 0-19"),
        ("metadata --shards 2", "--shards is for index, test, train; name one of them"),
        (
            "metadata tests",
            "Invalid value for 'PART...': 'tests' is not one of "
            "'metadata', 'index', 'test', 'train', 'countries'.",
        ),
        (
            "metadata --base-url ftp://x",
            "Invalid value for '--base-url': ftp://x does not start with http:// or https://",
        ),
    ],
)
def test_usage_errors(tmp_path, arguments, message):
    result = run(["gld-lists", "download", *arguments.split(), "-o", tmp_path / "raw"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(f"Error: {message}\n")
    assert not (tmp_path / "raw").exists()


def test_the_published_addresses(tmp_path):
    assert PARTS == ("metadata", "index", "test", "train", "countries")
    published = "https://s3.amazonaws.com/google-landmark"
    everything = download.files_of(tmp_path, PARTS)
    assert len(everything) == 12 + 100 + 20 + 500 == 12 + sum(ARCHIVES.values())
    urls = [file.url for file in everything]
    assert urls[0] == f"{published}/metadata/train.csv"
    assert urls[11] == f"{published}/ground_truth/retrieval_solution_v2.1.csv"
    assert urls[-1] == f"{published}/train/images_499.tar"
    assert Archive(tmp_path, "index", 7, published).target == tmp_path / "index/images_007.tar"
