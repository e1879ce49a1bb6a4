"""One file: fetched, gone on with after a break, verified, and only then under its name."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.files import open_output

from gld_lists.downloading.requests import Answer, Broken, Stale, TransferError, Version, ask
from gld_lists.downloading.session import Session

# What is wrong with a file's content, or None.
Check = Callable[[Path], str | None]


def fetch(url: str, target: Path, check: Check, session: Session) -> None:
    """Put the file at ``url`` under the name ``target``, when ``check`` finds nothing wrong.

    What arrived before an interruption stays in ``target.partial``, and the next call goes on from
    there if the server still has the same version. Content that is wrong is removed and fetched
    again. Raises TransferError naming the address, DataError where the disk refuses.
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
    """The text of a short file, at most ``longest`` bytes. Raises TransferError."""

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
    """Where a file stands while it is incomplete or not yet verified."""
    return target.with_name(f"{target.name}.partial")


def size_of(path: Path) -> int:
    """The bytes of a file, 0 when there is none."""
    return path.stat().st_size if path.exists() else 0


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into DataError naming ``path``."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written: {error.strerror}; make room or name another folder, and "
            "run the same command again, it goes on where it stopped"
        ) from error


def _receive(url: str, partial: Path, session: Session) -> None:
    """Receive the rest of the file, or all of it. Raises Broken when it does not become whole."""
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
    """The part must be the one that was asked for, of the same version of the file."""
    same = answer.version.length == known.length and answer.version.mark in ("", known.mark)
    if answer.start != start or not same:
        raise Stale("the server's file changed during the transfer")


def _refuse_short(answer: Answer, received: int) -> None:
    length = answer.version.length
    if length is not None and received != length:
        raise Broken(f"the connection closed after {received} of {length} bytes")


def _forget(partial: Path, session: Session) -> None:
    """Remove what was received, and the notes on it."""
    session.received(-size_of(partial))
    partial.unlink(missing_ok=True)
    _notes(partial).unlink(missing_ok=True)


def _notes(partial: Path) -> Path:
    """Which version of which file a partial one is the beginning of."""
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
