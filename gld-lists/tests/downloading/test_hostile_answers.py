"""Answers that no honest server sends: each ends in a message, and in time."""

import socket
import threading
import time
from itertools import repeat

import pytest
from gld_lists.downloading import requests, transfer
from gld_lists.downloading.requests import Broken, TransferError
from gld_lists.downloading.retries_and_stop import Session
from gld_shared.errors import DataError

TIMEOUT = 0.2
OK = b"HTTP/1.1 200 OK\r\n"
REDIRECT = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Answers:
    """A server that sends the same pieces of bytes to every client, with a pause after each."""

    def __init__(self, pieces, pause=0.0):
        self._pieces, self._pause = pieces, pause
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/a.tar"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with client:
                self._answer(client)

    def _answer(self, client):
        try:
            client.recv(1 << 16)
            for piece in self._pieces:
                client.sendall(piece)
                time.sleep(self._pause)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            return  # the client hung up


def refusal(answers, folder, longest=10_000):
    """Fetch a file, which fails in a few seconds, and return the message without the address."""
    start = time.monotonic()
    session = Session(tries=2, first_wait=0.001, timeout=TIMEOUT)
    with answers, pytest.raises(DataError) as error:
        transfer.fetch(answers.url, folder / "a.tar", lambda _: None, session, longest)
    assert time.monotonic() - start < 5
    assert not (folder / "a.tar").exists()
    return str(error.value).replace(answers.url, "URL")


AGAIN = (
    "2 times in a row; check the connection and run the same command again, it resumes where it "
    "stopped"
)
NO_LENGTH = (
    "the server does not say how long the file is; expected Content-Length, use another mirror"
)
TOO_LONG = "more than 10,000 bytes, and no published file is as long; check --base-url"
CHECK = "expected the file, check the address and --base-url"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", f"Remote end closed connection without response, {AGAIN}"),
        (b"GARBAGE" * 100, f"the answer begins with '{'GARBAGE' * 14}GA', expected HTTP, {AGAIN}"),
        (b"HTTP/1.1 99999999999 OK\r\n\r\n",
         f"the answer begins with 'HTTP/1.1 99999999999 OK', expected HTTP, {AGAIN}"),
        (OK + b"X: y\r\n" * 200 + b"\r\n", f"got more than 100 headers, {AGAIN}"),
        (OK + b"X: " + b"y" * 100_000,
         f"got more than 65536 bytes when reading header line, {AGAIN}"),
        (OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", NO_LENGTH),
        (OK + b"Content-Length: -1\r\n\r\n", NO_LENGTH),
        (OK + b"Content-Length: \xb2\r\n\r\n", NO_LENGTH),
        (OK + b"Content-Length: 10001\r\n\r\n", TOO_LONG),
        (CHUNKED + b"2711\r\n" + b"x" * 10_001 + b"\r\n0\r\n\r\n", TOO_LONG),
        (CHUNKED + b"zz\r\nxx", f"IncompleteRead(0 bytes read), {AGAIN}"),
        (CHUNKED + b"-5\r\nxx", f"IncompleteRead(0 bytes read), {AGAIN}"),
        (b"HTTP/1.1 206 Part\r\nContent-Length: 1\r\nContent-Range: bytes 0-0/" + b"9" * 5_000
         + b"\r\n\r\nx",
         f"the server sent the part 'bytes 0-0/{'9' * 90}' of the file, {AGAIN}"),
        (REDIRECT + b"file:///etc/passwd\r\n\r\n",
         "the server answered 302 Found - Redirection to url 'file:///etc/passwd' is not allowed; "
         f"{CHECK}"),
        (REDIRECT + b"FTP://127.0.0.1/a.tar\r\n\r\n",
         f"the server answered 302 Found, and leads to FTP; {CHECK}"),
        (REDIRECT + b"http://[::1\r\n\r\n", f"Invalid IPv6 URL, {AGAIN}"),
        (REDIRECT + b"http://127.0.0.1:port/\r\n\r\n", f"nonnumeric port: 'port', {AGAIN}"),
    ],
)  # fmt: skip
def test_malformed_answers(answer, message, tmp_path):
    assert refusal(Answers([answer]), tmp_path) == f"URL: {message}"


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (OK + b"X: ", b"y"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK + b"Content-Length: 9999\r\n\r\n", b"z"),
        (CHUNKED, b"1\r\nz\r\n"),
    ],
    ids=["headers", "interim answers", "body", "chunks"],
)
def test_answers_that_never_end(start, piece, tmp_path):
    def pieces():
        yield start
        yield from repeat(piece)

    class Endless:
        def __iter__(self):
            return pieces()

    message = refusal(Answers(Endless(), pause=0.01), tmp_path)
    assert message == f"URL: no answer in time, {AGAIN}"


def test_a_length_and_a_mark_that_cannot_be_used_are_none(tmp_path):
    head = b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "%s"\r\n\r\nhello'
    for mark in (b"\xe9", b"x" * 2_000):
        with Answers([head % mark]) as answers, requests.ask(answers.url, TIMEOUT) as answer:
            assert answer.version == requests.Version(5, "")
            assert b"".join(answer.blocks) == b"hello"


def test_damaged_notes_are_as_good_as_none(server, tmp_path):
    server.files["/a"] = b"abc"
    (tmp_path / "a.partial").write_bytes(b"ab")
    for notes in ("", "[", '{"url": 3}', '{"length": "x"}', "[" * 10_000):
        (tmp_path / "a.partial.json").write_text(notes)
        transfer.fetch(f"{server.url}/a", tmp_path / "a", lambda _: None, Session())
        assert (tmp_path / "a").read_bytes() == b"abc"


def test_any_answer_ends_in_a_result_or_an_error_of_its_own(tmp_path):
    good = OK + b'Content-Length: 5\r\nETag: "a"\r\n\r\nhello'
    for place in range(len(good)):
        for put in (b"\0", b"\xff", b"9" * 400, b"\r\n", b"-"):
            with Answers([good[:place] + put + good[place + 1 :]]) as answers:
                try:
                    with requests.ask(answers.url, TIMEOUT) as answer:
                        b"".join(answer.blocks)
                except (Broken, TransferError):
                    continue
