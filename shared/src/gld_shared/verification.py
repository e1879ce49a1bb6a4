"""The check that the files which a history names have not changed, in threads.

A file is compared by its SHA-256, a store and neighbours as Zarr by the digests that they carry:
first their own, which the history recorded, then that of each chunk, which is read.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from threading import Event
from typing import TYPE_CHECKING, Any

from gld_shared.errors import DataError
from gld_shared.output_targets import STDIO
from gld_shared.provenance import History
from gld_shared.remade_files import how_remade
from gld_shared.sha256 import sha256, sha256_of_text

if TYPE_CHECKING:
    from gld_shared.store.zarr_group import ZarrGroup

_METADATA = "zarr.json"
_WAIT_SECONDS = 1.0
# Raises an exception once the check has been interrupted.
_Stop = Callable[[], None]
# Returns what is wrong with a file, or None.
_Check = Callable[[_Stop], str | None]


class _Interrupted(Exception):
    """Ends a thread, whose result nobody waits for any more."""


def verify(history: History) -> list[str]:
    """Check each recorded input that is a file or folder, newest step first.

    Returns one line per input that is missing or differs, so the first line names the mismatch
    nearest to the result; of a store it names the first damaged file. Where the input was made
    again by other settings or from other files, as its own history says, the line says so too. It
    ends with the remedy.
    Inputs that came through a pipe have no file and are skipped. As many threads as cores read the
    files. Memory: 1 MB each, and the names and digests of the chunks.
    """
    return _problems(_checks(*source, history) for source in _sources(history))


def verify_chunks(path: str | Path) -> list[str]:
    """Check the chunks of a store, or of neighbours as Zarr, by the digests that it carries.

    Returns one line, on the first chunk that differs, or none, also without digests. Raises
    DataError when the metadata is damaged.
    """
    group = _group_at(Path(path))
    return [] if group is None else _problems([_checks_of_chunks(group, f"{path} records")])


def _problems(inputs: Iterable[list[_Check]]) -> list[str]:
    """Run all checks in threads, and return the first problem of each input."""
    threads, interrupted = ThreadPoolExecutor(os.cpu_count(), "verification"), Event()

    def stop() -> None:
        if interrupted.is_set():
            raise _Interrupted

    try:
        begun = [[threads.submit(check, stop) for check in checks] for checks in inputs]
        found = (next(filter(None, map(_awaited, futures)), None) for futures in begun)
        return [problem for problem in found if problem]
    finally:
        interrupted.set()
        threads.shutdown(cancel_futures=True)


def _awaited(future: Future[str | None]) -> str | None:
    # Python may miss a signal just before a wait begins, so no wait is long.
    while not wait([future], timeout=_WAIT_SECONDS).done:
        pass
    return future.result()


def _sources(history: History) -> Iterator[tuple[str, str, str]]:
    """Yield (tool, path, sha256) of each input, once, newest first."""
    seen: set[tuple[str, str]] = set()
    for entry in reversed(history):
        for source in entry["inputs"]:
            key = (source["path"], source["sha256"])
            if source["path"] != STDIO and _is_path(source["path"]) and key not in seen:
                seen.add(key)
                yield (entry["tool"], *key)


def _is_path(name: str) -> bool:
    """Return whether a name is a path: ``packaged:efficientnet_lite0`` and the like are not."""
    return name.partition(":")[0] not in {"packaged", "timm", "random", "pixels"}


def _checks(tool: str, path: str, recorded: str, history: History) -> list[_Check]:
    """Return the checks of an input: of a file one, of a group with digests one for each chunk."""
    try:
        group = _group_at(Path(path))
    except DataError as error:
        return [partial(_say, str(error))]
    if group is None:
        return [partial(_compare, tool, path, recorded, history)]
    own = group.attributes["digests"]["sha256"]
    if own != recorded:
        differs = _differs(path, own, f"{tool} read", recorded)
        return [partial(_say, f"{differs}{how_remade(path, history)}; {_repeat(tool)}")]
    return _checks_of_chunks(group, f"{tool} read")


def _checks_of_chunks(group: "ZarrGroup", who: str) -> list[_Check]:
    from gld_shared.store.digests import digests_of_chunks
    from gld_shared.store.layout import how_to_remake_a_chunk

    pairs, remedy = digests_of_chunks(group) or [], how_to_remake_a_chunk(group.folder)
    return [partial(_compare_chunk, str(file), who, digest, remedy) for file, digest in pairs]


def _group_at(folder: Path) -> "ZarrGroup | None":
    """Open a store, or neighbours as Zarr, that has digests of its chunks; None for all else.

    Raises DataError when its metadata is damaged.
    """
    if not _exists(folder / _METADATA):
        return None
    # Imported here: a table needs no zarr.
    from gld_shared.neighbours.contract import NEIGHBOUR_ARRAYS
    from gld_shared.store.contract import EMBEDDINGS
    from gld_shared.store.digest_check import check_metadata_digests
    from gld_shared.store.digests import digests_of_chunks
    from gld_shared.store.metadata import read_metadata
    from gld_shared.store.zarr_group import read_zarr_group

    attributes = read_metadata(folder / _METADATA, dict[str, Any]).get("attributes")
    name = attributes.get("format") if isinstance(attributes, dict) else None
    formats = {kind.name: kind for kind in (EMBEDDINGS, NEIGHBOUR_ARRAYS)}
    if name not in formats:
        return None
    group = read_zarr_group(folder, formats[name])
    check_metadata_digests(group)
    return None if digests_of_chunks(group) is None else group


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:
        return False


def _say(problem: str, _: _Stop) -> str:
    return problem


def _compare(tool: str, path: str, recorded: str, history: History, stop: _Stop) -> str | None:
    problem = _problem_of_input(tool, path, recorded, history, stop)
    return problem and f"{problem}; {_repeat(tool)}"


def _problem_of_input(
    tool: str, path: str, recorded: str, history: History, stop: _Stop
) -> str | None:
    try:
        mode = Path(path).stat().st_mode
        if not (S_ISREG(mode) or S_ISDIR(mode)):
            return f"{path}: neither a file nor a folder; {tool} read one"
        found = sha256(path, stop)
        if found == recorded or (S_ISREG(mode) and _text_matches(path, recorded, stop)):
            return None
    except (FileNotFoundError, NotADirectoryError):
        return f"{path}: missing; {tool} read it with sha256 {recorded[:12]}"
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror}; {tool} read it"
    return _differs(path, found, f"{tool} read", recorded) + how_remade(path, history)


def _text_matches(path: str, recorded: str, stop: _Stop) -> bool:
    try:
        return sha256_of_text(path, stop) == recorded
    except DataError:  # damaged, so its bytes differ too
        return False


def _compare_chunk(path: str, who: str, recorded: str, remedy: str, stop: _Stop) -> str | None:
    try:
        if not S_ISREG(Path(path).stat().st_mode):
            return f"{path}: not a regular file; {who} {recorded[:12]}; {remedy}"
        found = sha256(path, stop)
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror}; {who} {recorded[:12]}; {remedy}"
    return None if found == recorded else f"{_differs(path, found, who, recorded)}; {remedy}"


def _repeat(tool: str) -> str:
    return f"restore it from a copy, or run {tool} and the commands after it again"


def _differs(path: str, found: str, who: str, recorded: str) -> str:
    return f"{path}: sha256 is {found[:12]}, but {who} {recorded[:12]}"
