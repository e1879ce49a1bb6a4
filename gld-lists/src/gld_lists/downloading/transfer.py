"""The transfer of a file: resumed after an interruption, verified, and only then renamed."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.files import open_output

from gld_lists.downloading.requests import Answer, Broken, Stale, TransferError, Version, ask
from gld_lists.downloading.retries_and_stop import Session

# Returns a description of a fault in a file's content, or None.
Check = Callable[[Path], str | None]


def fetch(url: str, target: Path, check: Check, session: Session) -> None:
    """Fetch the file at ``url`` to ``target``, if ``check`` finds nothing wrong.

    The bytes received before an interruption stay in ``target.partial``. The next call resumes from
    there if the server still has the same version. Wrong content is removed and fetched again.
    Raises TransferError naming the address, DataError when the disk cannot be written.
    """
    partial = partial_of(target)
    for _ in range(session.fetches):
        session.persist(url, lambda: _receive(url, partial, session), lambda: size_of(partial))
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
        raise DataError(
            f"{path}: cannot be written: {error.strerror}; make room or name another folder, and "
            "run the same command again, it resumes where it stopped"
        ) from error


def _receive(url: str, partial: Path, session: Session) -> None:
    """Receive the rest of the file, or all of it. Raises Broken if the file is not complete."""
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
                _append(answer, partial, session)
        except Stale:
            _forget(partial, session)
            raise
        _refuse_short(answer, size_of(partial))


def _append(answer: Answer, partial: Path, session: Session) -> None:
    with partial.open("ab") as stream:
        for block in answer.blocks:
            stream.write(block)
            session.received(len(block))
            session.check()
        stream.flush()
        os.fsync(stream.fileno())


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
    with open_output(_notes(partial)) as stream:
        stream.write(json.dumps(notes).encode())


def _read_notes(url: str, partial: Path) -> Version:
    if _notes(partial).exists():
        notes = json.loads(_notes(partial).read_bytes())
        if notes["url"] == url:
            return Version(notes["length"], notes["mark"])
    return Version(None, "")
