"""Index files: FAISS indexes kept beside their sidecars, built, opened and extended."""

import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gld_shared.counting import counted
from gld_shared.errors import DataError
from gld_shared.files import atomic_file, writing
from gld_shared.output_targets import followed
from gld_shared.progress import Advance, silent
from gld_shared.provenance import PlainFile
from gld_shared.store.array_layout import stamp_of
from gld_shared.store.ensemble import Ensemble
from gld_shared.store.parts import AnyStore
from gld_shared.unfinished_names import remove_dead

from gld_search.approximate.build import add, build
from gld_search.approximate.import_faiss import FaissIndex, faiss_errors, import_faiss
from gld_search.approximate.sidecar import (
    description_of,
    entries_of,
    parts_to_add,
    refuse_other_file,
    write_sidecar,
)
from gld_search.approximate.sidecar_json import Description
from gld_search.approximate.single_writer import check_unchanged, lock_of, writing_alone

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenIndex:
    """A FAISS index, its factory string and seed, and the file it is kept in, if any."""

    index: FaissIndex
    factory: str
    seed: int
    file: PlainFile | None = None


def built_index(
    factory: str, indexes: Sequence[AnyStore], seed: int, advance: Advance = silent
) -> OpenIndex:
    """Build the index of stores, of an ensemble's joined vectors, and keep it in memory only."""
    vectors = Ensemble(indexes)
    index, _ = build(factory, vectors, sum(vectors.widths), seed, advance)
    return OpenIndex(index, factory, seed)


def kept_index(
    file: Path,
    factory: str | None,
    indexes: Sequence[AnyStore],
    seed: int | None = None,
    append: bool = False,
    advance: Advance = silent,
    draws_queries: bool = False,
) -> OpenIndex:
    """Open an index file; build it first if there is none, or extend it if ``append``.

    A file is replaced whole, never changed: an interrupted command leaves the old one, or none.
    ``seed`` is by default 0, or that of the file. Raises DataError for a file of other stores,
    another factory or another seed (a warning if the seed also ``draws_queries``), for one that
    its sidecar does not describe, for another file in the sidecar's place, while another process
    writes it, and when one has written it since it was read.
    """
    if not file.exists():
        if factory is None:
            raise DataError(f"{file}: not found; build it with --factory, such as IVF4096,PQ64x4fs")
        with writing_alone(file):
            if not file.exists():  # no other process has built it meanwhile
                refuse_other_file(file)
                return _build(file, factory, indexes, seed or 0, advance)
    _finish_replacing(file)
    stamp = stamp_of(file)
    description = description_of(file)
    _check_settings(file, description, factory, seed, draws_queries)
    parts = parts_to_add(file, description, indexes)
    if parts and not append:
        raise DataError(
            f"{file}: lacks {parts} of the parts of --index, which are new; add them with --append"
        )
    index = _read(file)
    check_unchanged(file, stamp)
    if index.ntotal != description["images"]:
        raise DataError(
            f"{file}: holds {counted(index.ntotal, 'vector')}, expected {description['images']:,}; "
            "build another with --factory and another --index-file"
        )
    if not parts:
        return _opened(file, index, description)
    with writing_alone(file):
        check_unchanged(file, stamp)
        return _extend(file, index, description, indexes, advance)


def _check_settings(
    file: Path, description: Description, factory: str | None, seed: int | None, draws_queries: bool
) -> None:
    """Raise DataError for another factory or seed than a file's; see ``kept_index``."""
    if factory is not None and factory != description["factory"]:
        raise DataError(
            f"{file}: is of --factory {description['factory']}, not {factory}; "
            "leave out --factory, or name another --index-file"
        )
    built_with = description["seed"]
    if seed is None or seed == built_with:
        return
    if not draws_queries:
        raise DataError(
            f"{file}: is of --seed {built_with}, not {seed}; leave out --seed, or name another "
            "--index-file"
        )
    log.warning(
        "%s: is of --seed %d; --seed %d draws the queries of --recall only", file, built_with, seed
    )


def _build(
    file: Path, factory: str, indexes: Sequence[AnyStore], seed: int, advance: Advance
) -> OpenIndex:
    vectors = Ensemble(indexes)
    index, trained_on = build(factory, vectors, sum(vectors.widths), seed, advance)
    description: Description = {
        "sha256": "",
        "bytes": 0,
        "images": vectors.n,
        "factory": factory,
        "seed": seed,
        "trained_on": trained_on,
        "faiss": import_faiss().__version__,
        "stores": entries_of(indexes),
    }
    return _replace(file, index, description)


def _extend(
    file: Path,
    index: FaissIndex,
    old: Description,
    indexes: Sequence[AnyStore],
    advance: Advance,
) -> OpenIndex:
    vectors = Ensemble(indexes)
    add(index, old["factory"], vectors, advance)
    new: Description = {**old, "images": vectors.n, "stores": entries_of(indexes)}
    return _replace(file, index, new, old)


def _replace(
    file: Path, index: FaissIndex, description: Description, *old: Description
) -> OpenIndex:
    """Write an index, and its sidecar, which describes the old file too until that is replaced."""
    with writing(str(file)), atomic_file(followed(file), sync=True) as stream:
        digest = hashlib.sha256()

        def write(block: bytes) -> int:
            digest.update(block)
            return stream.write(block)

        faiss = import_faiss()
        faiss.write_index(index, faiss.PyCallbackIOWriter(write))
        size = stream.tell()
        description = {**description, "sha256": digest.hexdigest(), "bytes": size}
        write_sidecar(file, [*old, description])
    write_sidecar(file, [description])
    return _opened(file, index, description)


def _finish_replacing(file: Path) -> None:
    """Complete what a process that was killed left of ``_replace``, unless another one writes."""
    if lock_of(file).exists():
        # What cannot be completed, because the folder cannot be written, does no harm.
        with suppress(DataError, OSError), writing_alone(file):
            remove_dead(file)
            write_sidecar(file, [description_of(file)])


def _read(file: Path) -> FaissIndex:
    remedy = "it was made by a newer release of faiss, update faiss-cpu"
    with faiss_errors(f"{file}: cannot be read", remedy):
        return import_faiss().read_index(str(file))


def _opened(file: Path, index: FaissIndex, description: Description) -> OpenIndex:
    kept = PlainFile(file, description["sha256"])
    return OpenIndex(index, description["factory"], description["seed"], kept)
