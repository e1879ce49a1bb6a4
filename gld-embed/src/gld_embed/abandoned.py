"""Taking away the store of a run that failed before it had done anything."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gld_shared.store import StoreWriter
from gld_shared.work.claims import Claims

from gld_embed.worker import work_folder


@contextmanager
def none_if_abandoned(writer: StoreWriter) -> Iterator[None]:
    """When the block fails, remove a store that holds nothing and that no other process is at.

    A mended list, or other settings, then begin it anew; otherwise they would be refused for the
    sake of work that there is not.
    """
    folder = work_folder(writer.path)
    folder.mkdir(exist_ok=True)
    try:
        yield
    except BaseException:
        if _holds_nothing(writer):
            _remove_if_alone(writer, folder / "claims")
        raise


def _remove_if_alone(writer: StoreWriter, claimed: Path) -> None:
    with closing(Claims(claimed)) as claims:
        # Looked at again, now that nobody else can be at it.
        if claims.are_nobody_elses() and _holds_nothing(writer):
            writer.remove()


def _holds_nothing(writer: StoreWriter) -> bool:
    is_there = writer.exists() and not writer.path.exists()
    return is_there and len(writer.missing_chunks()) == writer.chunks
