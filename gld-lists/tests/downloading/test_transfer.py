"""The transfer of a file over broken connections and from faulty servers."""

import errno
import hashlib
import socket

import pytest
from gld_lists.downloading import transfer
from gld_lists.downloading.retries_and_stop import Session, Stopped
from gld_shared.errors import DataError

CONTENT = bytes(range(256)) * 1000
PATH = "/train/images_000.tar"


def whole(path):
    """Return the fault of a file that should be CONTENT, or None."""
    found = hashlib.md5(path.read_bytes()).hexdigest()
    return None if found == hashlib.md5(CONTENT).hexdigest() else f"md5 is {found}"


def fetch(server, folder, check=whole, **settings):
    """Fetch PATH with short waits, and return the number of bytes counted."""
    counted = []
    session = Session(first_wait=0.001, received=counted.append, **settings)
    transfer.fetch(f"{server.url}{PATH}", folder / "a.tar", check, session)
    assert (folder / "a.tar").read_bytes() == CONTENT
    assert [path.name for path in folder.iterdir()] == ["a.tar"]
    return sum(counted)


def refused(server, folder, check=whole, **settings):
    """Fetch PATH, which fails, and return the message without the server's address."""
    with pytest.raises(DataError) as error:
        transfer.fetch(
            f"{server.url}{PATH}", folder / "a.tar", check, Session(first_wait=0.001, **settings)
        )
    assert not (folder / "a.tar").exists()
    return str(error.value).replace(server.url, "http://mirror")


@pytest.fixture(autouse=True)
def published(server):
    server.files[PATH] = CONTENT


def test_a_file(server, tmp_path):
    assert fetch(server, tmp_path) == len(CONTENT)
    assert server.requests == [f"GET {PATH}"]


@pytest.mark.parametrize("marks", ["ETag", "Last-Modified"])
def test_a_transfer_resumes_after_a_dropped_connection(server, tmp_path, marks):
    server.marks = marks
    server.once(PATH, sends=100_000)
    server.once(PATH, sends=50_000)
    assert fetch(server, tmp_path) == len(CONTENT)
    assert server.requests == [f"GET {PATH}", f"GET {PATH} from 100000", f"GET {PATH} from 150000"]
    assert server.sent[PATH] == len(CONTENT)


def test_drops_with_progress_in_between_do_not_count_as_failures(server, tmp_path):
    for _ in range(9):
        server.once(PATH, sends=20_000)
    assert fetch(server, tmp_path, tries=2) == len(CONTENT)
    assert server.sent[PATH] == len(CONTENT)


@pytest.mark.parametrize("setting", [{"ranges": False}, {"marks": "none"}])
def test_a_server_without_ranges_or_versions_starts_over(server, tmp_path, setting):
    vars(server).update(setting)
    server.once(PATH, sends=100_000)
    assert fetch(server, tmp_path) == len(CONTENT)
    assert server.sent[PATH] == 100_000 + len(CONTENT)


def interrupt(server, folder, after=100_000):
    """Fetch only the beginning of PATH, as when the process is killed."""
    server.once(PATH, sends=after)
    server.once(PATH, status=503)
    refused(server, folder, tries=1)
    assert (folder / "a.tar.partial").stat().st_size == after
    server.forget()


def test_an_interrupted_transfer_resumes(server, tmp_path):
    interrupt(server, tmp_path)
    assert fetch(server, tmp_path) == len(CONTENT) - 100_000
    assert server.sent[PATH] == len(CONTENT) - 100_000


def test_a_file_that_changed_meanwhile_starts_over(server, tmp_path):
    server.files[PATH] = CONTENT[::-1]
    interrupt(server, tmp_path)
    server.files[PATH] = CONTENT
    # Bytes received before are subtracted, so that a progress bar ends at 100%.
    assert fetch(server, tmp_path) == len(CONTENT) - 100_000
    assert server.requests == [f"GET {PATH} from 100000"]


@pytest.mark.parametrize(
    ("length", "what"),
    [
        (200_000, "the server's file changed during the transfer"),
        (60_000, "the server answered 416 Requested Range Not Satisfiable"),
    ],
)
def test_a_server_that_resumes_with_another_file(server, tmp_path, length, what):
    """The server ignores If-Range; its new file is longer or shorter than the received part."""
    interrupt(server, tmp_path)
    server.honours_if_range = False
    server.files[PATH] = CONTENT[:length]
    assert refused(server, tmp_path, tries=1) == (
        f"http://mirror/train/images_000.tar: {what}, 1 times in a row; check the connection and "
        "run the same command again, it resumes where it stopped"
    )
    assert list(tmp_path.iterdir()) == []
    server.files[PATH] = CONTENT
    assert fetch(server, tmp_path) == len(CONTENT)


def test_another_address_starts_over(server, tmp_path):
    interrupt(server, tmp_path)
    server.files["/other"] = CONTENT
    session = Session(first_wait=0.001)
    transfer.fetch(f"{server.url}/other", tmp_path / "a.tar", whole, session)
    assert server.gets("/other") == ["GET /other"]


def test_a_completely_received_file_is_not_fetched_again(server, tmp_path):
    """A kill between the last byte and the check leaves such a file."""
    interrupt(server, tmp_path)
    (tmp_path / "a.tar.partial").write_bytes(CONTENT)
    assert fetch(server, tmp_path) == 0
    assert server.requests == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server, tmp_path, status):
    server.once(PATH, status=status)
    server.once(PATH, status=status)
    assert fetch(server, tmp_path) == len(CONTENT)
    assert server.requests == [f"GET {PATH}"] * 3


def test_a_server_that_stays_busy_is_given_up(server, tmp_path):
    server.always(PATH, status=503)
    assert refused(server, tmp_path, tries=3) == (
        "http://mirror/train/images_000.tar: the server answered 503 Service Unavailable, 3 times "
        "in a row; check the connection and run the same command again, it resumes where it stopped"
    )
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "words"), [(404, "Not Found"), (403, "Forbidden"), (401, "Unauthorized")]
)
def test_a_refusal_is_final(server, tmp_path, status, words):
    server.always(PATH, status=status)
    assert refused(server, tmp_path) == (
        f"http://mirror/train/images_000.tar: the server answered {status} {words}; expected the "
        "file, check the address and --base-url"
    )
    assert len(server.requests) == 1


def test_no_server(server, tmp_path):
    server.url = "http://127.0.0.1:1"
    assert refused(server, tmp_path, tries=2) == (
        "http://mirror/train/images_000.tar: Connection refused, 2 times in a row; check the "
        "connection and run the same command again, it resumes where it stopped"
    )


def test_a_server_that_goes_silent_in_the_middle(server, tmp_path):
    server.piece, server.pause = 100_000, 0.2
    assert fetch(server, tmp_path, timeout=0.1) == len(CONTENT)
    assert server.requests == [f"GET {PATH}", f"GET {PATH} from 100000", f"GET {PATH} from 200000"]


def test_a_server_that_never_answers(server, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server.url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert refused(server, tmp_path, tries=2, timeout=0.05) == (
            "http://mirror/train/images_000.tar: no answer in time, 2 times in a row; check the "
            "connection and run the same command again, it resumes where it stopped"
        )


@pytest.mark.parametrize("ranges", [True, False])
def test_a_length_that_is_too_long(server, tmp_path, ranges):
    server.ranges = ranges
    server.always(PATH, length=300_000)
    assert refused(server, tmp_path, tries=2) == (
        "http://mirror/train/images_000.tar: the connection closed after 256000 of 300000 bytes, "
        "2 times in a row; check the connection and run the same command again, it resumes where "
        "it stopped"
    )


def test_a_length_that_is_too_short(server, tmp_path):
    server.once(PATH, length=200_000)
    assert fetch(server, tmp_path) == len(CONTENT)
    assert len(server.requests) == 2


def test_neither_length_nor_chunks(server, tmp_path):
    server.says_length = False
    assert refused(server, tmp_path) == (
        "http://mirror/train/images_000.tar: the server does not say how long the file is; "
        "expected Content-Length, use another mirror"
    )


def test_a_chunked_body_needs_no_length(server, tmp_path):
    server.chunked = True
    server.once(PATH, sends=100_000)
    assert fetch(server, tmp_path) == len(CONTENT)


def test_wrong_content_is_fetched_again(server, tmp_path):
    server.once(PATH, content=CONTENT[::-1])
    assert fetch(server, tmp_path) == len(CONTENT)
    assert server.requests == [f"GET {PATH}"] * 2


def test_content_that_stays_wrong_is_removed(server, tmp_path):
    server.always(PATH, content=b"wrong")
    assert refused(server, tmp_path, fetches=2) == (
        f"http://mirror/train/images_000.tar: md5 is {hashlib.md5(b'wrong').hexdigest()}, 2 times; "
        "what was fetched is removed, try again later or another --base-url"
    )
    assert server.requests == [f"GET {PATH}"] * 2
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(server, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(transfer.os, "fsync", full)
    assert refused(server, tmp_path) == (
        f"{tmp_path}/a.tar.partial: cannot be written: No space left on device; make room there, "
        "or name another place, and run the same command again, it resumes where it stopped"
    )


def test_a_stopped_session_ends_in_the_middle(server, tmp_path):
    session = Session()
    session.received = lambda number: session.stop.set() if number > 0 else None
    with pytest.raises(Stopped):
        transfer.fetch(f"{server.url}{PATH}", tmp_path / "a.tar", whole, session)
    assert 0 < (tmp_path / "a.tar.partial").stat().st_size < len(CONTENT)


def test_a_short_text(server):
    server.files["/md5"] = b"0123  name\n"
    server.once("/md5", sends=3)
    session = Session(first_wait=0.001)
    assert transfer.fetch_text(f"{server.url}/md5", session) == "0123  name\n"
    with pytest.raises(DataError) as error:
        transfer.fetch_text(f"{server.url}{PATH}", session, longest=1000)
    assert str(error.value) == (
        f"{server.url}{PATH}: longer than 1000 bytes, expected a line of text; check --base-url"
    )
