"""gld-lists download, against a server on the loopback."""

import fcntl
import json
import os
import pty
import resource
import signal
import socket
import subprocess
import time

import pytest
from gld_lists.downloading import download, parallel
from gld_lists.downloading.archive import Archive
from gld_lists.downloading.continents import country_codes
from gld_lists.downloading.countries import fetch_countries
from gld_lists.downloading.metadata import MetadataFile
from gld_lists.downloading.published_files import ARCHIVES, PARTS, TABLES
from gld_lists.downloading.session import Session
from gld_lists.gldv2.countries import landmark_countries
from gld_shared.errors import DataError
from gld_shared.testing import program, run


def command(server, folder, *arguments):
    return ["gld-lists", "download", *arguments, "-o", folder, "--base-url", server.url]


def fetch(server, folder, *arguments):
    """Run the command, which ends well."""
    result = run(command(server, folder, *arguments))
    assert (result.exit_code, result.stdout) == (0, f"{folder}\n"), result.output
    return result.stderr


def refused(server, folder, *arguments, code=1):
    """The error line of the command, the server's address left out."""
    result = run(command(server, folder, *arguments))
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    return result.stderr.replace(server.url, "http://mirror")


def files(folder):
    """The bytes of all files below a folder by their paths, hidden ones left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.parts)
    }


def test_the_published_files_in_the_places_where_google_looks_for_them(server, mini, tmp_path):
    mini.tables()
    fetch(server, tmp_path / "raw", "metadata")
    assert sorted(files(tmp_path / "raw")) == [
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


def test_images_are_unpacked_into_their_tree(server, mini, tmp_path):
    for number in (0, 1, 7):
        mini.archive("index", number)
    mini.archive("test", 0)
    fetch(server, tmp_path / "raw", "index", "--shards", "0-1,7")
    fetch(server, tmp_path / "raw", "test", "--shards", "0")
    assert files(tmp_path / "raw") == mini.images
    assert len(mini.images) == 12


def test_a_finished_folder_asks_for_nothing(server, mini, tmp_path):
    mini.tables()
    mini.archive("index", 0)
    arguments = ("metadata", "index", "countries", "--shards", "0")
    server.files["/country/FR.json"] = b'[{"name": "Louvre"}]'
    fetch(server, tmp_path, *arguments)
    before = files(tmp_path)
    server.forget()
    fetch(server, tmp_path, *arguments)
    assert server.requests == []
    assert files(tmp_path) == before


def test_archives_can_be_kept(server, mini, tmp_path):
    path = mini.archive("index", 0)
    fetch(server, tmp_path, "index", "--shards", "0", "--keep-archives")
    assert files(tmp_path) == mini.images | {"index/images_000.tar": server.files[path]}
    server.forget()
    fetch(server, tmp_path, "index", "--shards", "0", "--keep-archives")
    assert server.requests == []


def test_an_archive_that_is_there_is_verified_and_unpacked(server, mini, tmp_path):
    """Killed while it was unpacked; or somebody had it from elsewhere."""
    path = mini.archive("index", 0)
    (tmp_path / "index").mkdir()
    (tmp_path / "index/images_000.tar").write_bytes(server.files[path])
    fetch(server, tmp_path, "index", "--shards", "0")
    assert server.gets(path) == []
    assert files(tmp_path) == mini.images


def test_an_archive_with_a_wrong_checksum_is_fetched_again(server, mini, tmp_path):
    path = mini.archive("index", 0)
    (tmp_path / "index").mkdir()
    (tmp_path / "index/images_000.tar").write_bytes(b"wrong")
    server.once(path, content=b"wrong as well")
    fetch(server, tmp_path, "index", "--shards", "0")
    assert len(server.gets(path)) == 2
    assert files(tmp_path) == mini.images


def test_a_checksum_that_stays_wrong(server, mini, tmp_path):
    path = mini.archive("index", 0)
    server.always(path, content=b"wrong")
    expected = server.files["/md5sum/index/md5.images_000.txt"].split()[0].decode()
    assert refused(server, tmp_path, "index", "--shards", "0") == (
        "Error: http://mirror/index/images_000.tar: md5 is 2bda2998d9b0ee197da142a0447f6725, "
        f"expected {expected}, 3 times; what was fetched is removed, try again later or another "
        "--base-url\n"
    )
    assert files(tmp_path) == {}


def test_a_checksum_that_is_none(server, mini, tmp_path):
    mini.archive("index", 0)
    server.files["/md5sum/index/md5.images_000.txt"] = b"<html>Moved</html>"
    assert refused(server, tmp_path, "index", "--shards", "0") == (
        "Error: http://mirror/md5sum/index/md5.images_000.txt: starts with '<html>Moved</html>', "
        "expected an MD5 of 32 hexadecimal digits; check --base-url\n"
    )


def test_a_hostile_archive_leaves_nothing(server, mini, tmp_path):
    good = "0/1/2/0123456789abcdef.jpg"
    mini.publish("index", 0, mini.tar({good: b"image", "../../train/train.csv": b"mine"}))
    raw = tmp_path / "deep" / "raw"
    assert refused(server, raw, "index", "--shards", "0") == (
        f"Error: {raw}/index/images_000.tar: member ../../train/train.csv leaves the target "
        "folder, expected images such as a/b/c/abc0123456789def.jpg; nothing of it was unpacked, "
        "try another --base-url\n"
    )
    assert files(tmp_path) == {}


HEADER = b"id,url,landmark_id\n"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<html>Hotel\n", "starts with '<html>Hotel', expected id,url,landmark_id"),
        (b"", "starts with '', expected id,url,landmark_id"),
        (HEADER + b"01,http://x,7\n02,ht", "ends in '02,ht', expected a line of 3 cells"),
    ],
)
def test_a_table_that_is_not_what_it_should_be(server, mini, tmp_path, content, what):
    mini.tables()
    server.always("/metadata/train.csv", content=content)
    assert refused(server, tmp_path, "metadata") == (
        f"Error: http://mirror/metadata/train.csv: {what}, 3 times; what was fetched is removed, "
        "try again later or another --base-url\n"
    )
    # The others are there.
    assert len(files(tmp_path)) == len(TABLES) - 1


@pytest.mark.parametrize("content", [b'\xef\xbb\xbfid,"url",landmark_id,more\r\n1,"a,\nb",2,3'])
def test_columns_are_what_counts_in_a_header(server, tmp_path, content):
    server.files["/metadata/train.csv"] = content
    MetadataFile(tmp_path, TABLES[0], server.url).fetch(Session(first_wait=0.001))
    assert (tmp_path / "train/train.csv").read_bytes() == content


def test_what_failed_is_said_together_after_the_rest(server, mini, tmp_path):
    for number in range(4):
        mini.archive("index", number)
    for number in (0, 2):
        del server.files[f"/index/images_00{number}.tar"]
    answer = (
        "the server answered 404 Not Found; expected the file, check the address and --base-url"
    )
    assert refused(server, tmp_path, "index", "--shards", "0-3", "-j", "1") == (
        f"Error: 2 files failed: http://mirror/index/images_000.tar: {answer} | "
        f"http://mirror/index/images_002.tar: {answer}\n"
    )
    assert len(files(tmp_path)) == 6


def test_a_mirror_that_has_nothing_is_given_up(server, tmp_path):
    message = refused(server, tmp_path, "train", "-j", "1")
    assert message.startswith(
        "Error: 5 files failed: http://mirror/md5sum/train/md5.images_000.txt"
    )
    # One more may have been asked for before the end was known.
    assert len(server.gets()) in (5, 6)


def test_transfers_are_parallel(server, mini, tmp_path):
    for number in range(4):
        mini.archive("index", number, size=50)
    server.pause = 0.1
    fetch(server, tmp_path, "index", "--shards", "0-3", "-j", "4")
    # One by one, a finished answer and the next may overlap.
    assert server.most > 2


def test_countries(server, tmp_path):
    categories = {"FR": ["Louvre"], "TR": ["Galata"], "NA": ["Etosha"], "OTHER": ["Kraken"]}
    for code, names in categories.items():
        entries = [{"id": 1, "name": name, "count": 2} for name in names]
        server.files[f"/country/{code}.json"] = json.dumps(entries).encode()
    # Google's store says 403 of what it does not have.
    server.always("/country/ZW.json", status=403)
    warning = fetch(server, tmp_path, "countries")
    missing = ", ".join(code for code in country_codes() if code not in categories)
    assert warning == f"gld-lists: {server.url}/country: no file for {missing}; skipped\n"
    assert landmark_countries(tmp_path / "country_info").rows() == [
        ("Kraken", "OTHER", "OTHER"),
        ("Louvre", "FR", "Europe"),
        ("Etosha", "NA", "Africa"),
        ("Galata", "TR", "Asia"),
    ]


def test_continents_are_those_of_the_reference_recipe(tmp_path, server):
    """Of a country on two continents the last row counts."""
    for code in country_codes():
        server.files[f"/country/{code}.json"] = json.dumps([{"name": code}]).encode()
    fetch(server, tmp_path, "countries")
    rows = landmark_countries(tmp_path / "country_info")
    assert rows.height == len(country_codes()) == 252
    continents = dict(zip(rows["country"], rows["continent"], strict=True))
    for code in ("AZ", "AM", "CY", "GE", "KZ", "RU", "TR"):
        assert continents[code] == "Asia"
    assert (continents["UM"], continents["XK"], continents["NA"]) == (
        *("North America", "Europe", "Africa"),
    )


def test_no_country_files_at_all(server, tmp_path):
    assert refused(server, tmp_path, "countries") == (
        "Error: http://mirror/country: no country files; expected OTHER.json, check --base-url\n"
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"[", "not JSON: Expecting value: line 1 column 2 (char 1)"),
        (b'[{"id": 3}]', "expected a list of objects with a name each"),
    ],
)
def test_a_country_file_that_is_broken(server, tmp_path, content, what):
    server.files["/FR.json"] = content
    with pytest.raises(DataError) as error:
        fetch_countries(tmp_path, server.url, 4, Session(first_wait=0.001))
    assert str(error.value) == (
        f"{server.url}/FR.json: {what}, 3 times; what was fetched is removed, try again later or "
        "another --base-url"
    )
    assert not (tmp_path / "country_codes.json").exists()


def archives(mini, server):
    """Forty archives of 50 kB, sent slowly."""
    paths = [mini.archive("index", number, count=5, size=10_000) for number in range(40)]
    server.piece, server.pause = 20_000, 0.005
    return paths


def wait_for(condition):
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.005)


def start(server, folder, *arguments, **settings):
    """The real command as a process."""
    _, *rest = (str(one) for one in command(server, folder, *arguments))
    return subprocess.Popen(
        [program("gld-lists"), *rest], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings
    )


def test_killed_in_the_middle_and_run_again(server, mini, tmp_path):
    paths = archives(mini, server)
    arguments = ("index", "--shards", "0-39", "-j", "2")
    for enough in (10, 25):
        with start(server, tmp_path, *arguments) as process:
            wait_for(lambda enough=enough: len(server.gets("/index")) >= enough)
            process.kill()
        assert process.returncode == -signal.SIGKILL
    finished = len(list((tmp_path / "index/.unpacked").iterdir()))
    assert 0 < finished < 40
    half_written = {path: content for path, content in files(tmp_path).items() if "jpg" in path}
    assert half_written.items() <= mini.images.items()
    server.pause = 0.0
    fetch(server, tmp_path, *arguments)
    assert files(tmp_path) == mini.images
    # What a process had received when it was killed may be a few pieces short of what was sent.
    sent = sum(server.sent[path] for path in paths)
    needed = sum(len(server.files[path]) for path in paths)
    assert needed <= sent <= needed + 2 * 2 * len(server.files[paths[0]])


def test_an_interrupt_ends_at_once_even_when_the_server_is_silent(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        arguments = ["download", "index", "-o", str(tmp_path), "--base-url", url]
        with subprocess.Popen(
            [program("gld-lists"), *arguments], stderr=subprocess.PIPE
        ) as process:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                started = time.monotonic()
                assert process.communicate()[1] == b"\nError: interrupted\n"
        assert process.returncode == 130
        assert time.monotonic() - started < 10


def test_a_disk_that_takes_no_more(server, mini, tmp_path):
    mini.archive("index", 0, count=5, size=10_000)

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    with start(server, tmp_path, "index", "--shards", "0", preexec_fn=little_room) as process:
        error = process.communicate()[1].decode()
    assert (process.returncode, error) == (
        1,
        f"Error: {tmp_path}/index/images_000.tar.partial: cannot be written: File too large; make "
        "room or name another folder, and run the same command again, it goes on where it "
        "stopped\n",
    )
    server.forget()
    fetch(server, tmp_path, "index", "--shards", "0")
    assert server.gets("/index") == ["GET /index/images_000.tar from 30000"]
    assert files(tmp_path) == mini.images


def test_too_little_room_is_said_before_the_first_byte(server, mini, tmp_path):
    path = mini.archive("index", 0)
    files = download.missing_files(tmp_path, ["index"], server.url, shards=[0])
    left = download.bytes_left(files, 1, Session())
    assert left == len(server.files[path])
    with pytest.raises(DataError) as error:
        download.refuse_full(tmp_path, 10**18)
    assert str(error.value).endswith(
        " GB free, expected 1000000000.0 GB for what is to be fetched; make room, or fetch a part "
        "with --shards"
    )
    assert server.gets() == []


def test_two_downloads_do_not_write_the_same_folder(server, tmp_path):
    with (tmp_path / ".download.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert refused(server, tmp_path, "metadata") == (
            f"Error: {tmp_path}: another download writes here; wait until it ends, or name another "
            "folder\n"
        )


def test_a_terminal_shows_rate_and_time_left(server, mini, tmp_path):
    mini.archive("index", 0, count=5, size=1_000_000)
    terminal, other_end = pty.openpty()
    _, *rest = (str(one) for one in command(server, tmp_path, "index", "--shards", "0"))
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
    everything = download.missing_files(tmp_path, PARTS)
    assert len(everything) == 12 + 100 + 20 + 500 == 12 + sum(ARCHIVES.values())
    urls = [file.url for file in everything]
    assert urls[0] == f"{published}/metadata/train.csv"
    assert urls[11] == f"{published}/ground_truth/retrieval_solution_v2.1.csv"
    assert urls[-1] == f"{published}/train/images_499.tar"
    assert Archive(tmp_path, "index", 7, published).target == tmp_path / "index/images_007.tar"


def test_a_bug_is_not_taken_for_a_file_that_failed():
    def job(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        parallel.run([job], 1, Session())
