"""The transfer of a file: resumed after an interruption, verified, and only then renamed."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from gld_shared.errors import DataError
from gld_shared.files import atomic_file
from gld_shared.json_parser import JsonFault, json_value
from gld_shared.limits import remedy_of

from gld_lists.downloading.requests import Answer, Broken, Stale, TransferError, Version, ask
from gld_lists.downloading.retries_and_stop import Session

# The longest published file has about 1.2 GB.
LONGEST_FILE = 10 * 10**9


class _Notes(TypedDict):
    """The address of the file that is being received, and its version."""

    url: str
    length: int | None
    mark: str


# Returns a description of a fault in a file's content, or None.
Check = Callable[[Path], str | None]


def fetch(
    url: str, target: Path, check: Check, session: Session, longest: int = LONGEST_FILE
) -> None:
    """Fetch the file at ``url``, of at most ``longest`` bytes, to ``target``, if ``check`` agrees.

    The bytes received before an interruption stay in ``target.partial``. The next call resumes from
    there if the server still has the same version. Wrong content is removed and fetched again.
    Raises TransferError naming the address, DataError when the disk cannot be written.
    """
    partial = partial_of(target)
    for _ in range(session.fetches):
        session.persist(
            url, lambda: _receive(url, partial, session, longest), lambda: size_of(partial)
        )
        wrong = check(partial)
        if wrong is None:
            break
        _forget(partial, session)
    else:
        raise TransferError(
            f"{url}: {wrong}, {session.fetches} times; what was fetched is removed, try again "
            "later or another --base-url"
        )
    with disk(target):
        _notes(partial).unlink(missing_ok=True)
        partial.replace(target)


def discard_unfinished(target: Path) -> None:
    """Remove what an interrupted transfer left beside a file that is no longer to be fetched."""
    partial = partial_of(target)
    with disk(partial):
        partial.unlink(missing_ok=True)
        _notes(partial).unlink(missing_ok=True)


def fetch_text(url: str, session: Session, longest: int = 1 << 16) -> str:
    """Return the text of a short file, at most ``longest`` bytes. Raises TransferError."""

    def attempt() -> str:
        data = b""
        with ask(url, session.timeout) as answer:
            for block in answer.blocks:
                data += block
                if len(data) > longest:
                    raise TransferError(
                        f"{url}: longer than {longest} bytes, expected a line of text; check "
                        "--base-url"
                    )
        _refuse_short(answer, len(data))
        return data.decode("utf-8", "replace")

    return session.persist(url, attempt, lambda: 0)


def partial_of(target: Path) -> Path:
    """Return the path of a file while it is incomplete or not yet verified."""
    return target.with_name(f"{target.name}.partial")


def size_of(path: Path) -> int:
    """Return the size of a file in bytes, 0 when it does not exist."""
    return path.stat().st_size if path.exists() else 0


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn an OSError of the disk into DataError naming ``path``."""
    try:
        yield
    except OSError as error:
        remedy = remedy_of(error) or "name another folder"
        raise DataError(
            f"{path}: cannot be written: {error.strerror}; {remedy}, and run the same command "
            "again, it resumes where it stopped"
        ) from error


def _receive(url: str, partial: Path, session: Session, longest: int) -> None:
    """Receive the rest of the file, or all of it.

    Raises Broken if the file is not complete, TransferError if it is too long.
    """
    with disk(partial):
        partial.parent.mkdir(parents=True, exist_ok=True)
        known = _read_notes(url, partial)
        start = size_of(partial)
        if known.length == start > 0:
            return
        try:
            with ask(url, session.timeout, start if known.mark else 0, known.mark) as answer:
                if answer.start:
                    _refuse_other(answer, start, known)
                else:
                    _forget(partial, session)
                    _write_notes(url, answer.version, partial)
                if not _append(answer, partial, session, longest):
                    _forget(partial, session)
                    raise TransferError(
                        f"{url}: more than {longest:,} bytes, and no published file is as long; "
                        "check --base-url"
                    )
        except Stale:
            _forget(partial, session)
            raise
        _refuse_short(answer, size_of(partial))


def _append(answer: Answer, partial: Path, session: Session, longest: int) -> bool:
    """Append the blocks of an answer; return False when the file becomes too long."""
    if (answer.version.length or 0) > longest:
        return False
    with partial.open("ab") as stream:
        for block in answer.blocks:
            stream.write(block)
            session.received(len(block))
            session.check()
            if stream.tell() > longest:
                return False
        stream.flush()
        os.fsync(stream.fileno())
    return True


def _refuse_other(answer: Answer, start: int, known: Version) -> None:
    """Raise Stale unless the answer is the requested part of the known version."""
    same = answer.version.length == known.length and answer.version.mark in ("", known.mark)
    if answer.start != start or not same:
        raise Stale("the server's file changed during the transfer")


def _refuse_short(answer: Answer, received: int) -> None:
    length = answer.version.length
    if length is not None and received != length:
        raise Broken(f"the connection closed after {received} of {length} bytes")


def _forget(partial: Path, session: Session) -> None:
    """Remove the partial file and its notes."""
    session.received(-size_of(partial))
    partial.unlink(missing_ok=True)
    _notes(partial).unlink(missing_ok=True)


def _notes(partial: Path) -> Path:
    """Return the path of the notes: the address and version of the file being received."""
    return partial.with_name(f"{partial.name}.json")


def _write_notes(url: str, version: Version, partial: Path) -> None:
    notes = {"url": url, "length": version.length, "mark": version.mark}
    with atomic_file(_notes(partial), sync=True) as stream:
        stream.write(json.dumps(notes).encode())


def _read_notes(url: str, partial: Path) -> Version:
    """Return the version that a partial file belongs to; damaged notes are as good as none."""
    try:
        notes = json_value(_notes(partial).read_bytes(), _Notes)
    except (FileNotFoundError, JsonFault):
        return Version(None, "")
    known = notes["url"] == url
    return Version(notes["length"], notes["mark"]) if known else Version(None, "")
