"""The options of approximate search, and the search that they describe."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import click
from gld_shared import command
from gld_shared.command.given_options import is_given
from gld_shared.command.number_types import SEED
from gld_shared.command.path_types import OutputPath
from gld_shared.counting import counted
from gld_shared.errors import DataError

from gld_search.shard import Shard

if TYPE_CHECKING:
    from gld_shared.provenance import PlainFile
    from gld_shared.store.parts import AnyStore

    from gld_search.approximate.index_file import OpenIndex
    from gld_search.approximate.search import ApproximateSearch

log = logging.getLogger(__name__)

DEFAULT_REFINE = 10
_OPTIONS = [
    click.option(
        "--factory",
        metavar="FAISS",
        help="Search approximately, by the index of a FAISS factory string, such as "
        "IVF4096,PQ64x4fs.",
    ),
    click.option(
        "--index-file",
        type=OutputPath(dir_okay=False, is_read_too=True),
        help="Keep that index in this file; search by it if it is there.",
    ),
    click.option("--append", is_flag=True, help="Add new parts of --index to --index-file."),
    click.option(
        "--refine",
        type=click.IntRange(1, 10_000),
        help=f"Candidates for each neighbour, scored exactly; by default {DEFAULT_REFINE}.",
    ),
    click.option(
        "--probe",
        type=click.IntRange(1, 1_000_000_000),
        help="Inverted lists to search for a query, by default the square root of all; of a graph "
        "(HNSW) the length of the queue.",
    ),
    click.option(
        "--recall",
        type=click.IntRange(1, 1_000_000_000),
        metavar="N",
        help="Measure recall against exact search on N queries.",
    ),
    click.option("--seed", type=SEED, help="Source of every random choice, by default 0."),
]


class ApproximateHeader(TypedDict, total=False):
    """What the header of approximate neighbours says of their search."""

    factory: str
    refine: int
    probe: int | None
    seed: int
    recall: Any


@dataclass(frozen=True)
class Approximate:
    """The values of the options of approximate search."""

    factory: str | None
    index_file: str | None
    append: bool
    refine: int | None
    probe: int | None
    recall: int | None
    seed: int | None

    @property
    def is_wanted(self) -> bool:
        """Whether the search is approximate."""
        return self.factory is not None or self.index_file is not None

    def check(self, shard: Shard | None, in_processes: bool, output: str) -> None:
        """Refuse options that mean nothing together."""
        if self.factory == "":
            raise click.UsageError(
                "--factory is empty; expected a FAISS factory string, such as IVF4096,PQ64x4fs; "
                "leave the option out to search exactly"
            )
        if self.append and not self.index_file:
            raise click.UsageError("--append needs the --index-file that it extends")
        if not self.is_wanted:
            for name in ("refine", "probe", "recall", "seed"):
                if getattr(self, name) is not None:
                    raise click.UsageError(f"--{name} needs --factory or --index-file")
        elif shard is not None:
            raise click.UsageError(
                "--shard is for exact search; an index file is searched as a whole"
            )
        elif in_processes:
            raise click.UsageError(
                "-j, --gpus and --engine are for exact search; approximate search uses all cores "
                "in one process"
            )
        elif is_given("--memory"):
            raise click.UsageError(
                "--memory is for exact search; approximate search holds the whole FAISS index, "
                "whose size depends on its factory"
            )
        if self.index_file:
            _refuse_beside(self.index_file, output)


def _refuse_beside(index_file: str, output: str) -> None:
    """Raise DataError for an output with the name of a file that belongs to an index file."""
    from gld_search.approximate.single_writer import lock_of

    for file, does in ((f"{index_file}.json", "describes"), (lock_of(Path(index_file)), "locks")):
        if os.path.realpath(output) == os.path.realpath(file):
            raise DataError(f"{output}: {does} --index-file {index_file}; name another output")


def approximate_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of approximate search, the fields of ``Approximate``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def approximate_search(
    options: Approximate,
    queries: "Sequence[AnyStore]",
    indexes: "Sequence[AnyStore]",
    k: int,
    keep_self: bool,
    weights: Sequence[float],
    device: str,
) -> "tuple[ApproximateSearch, ApproximateHeader, list[PlainFile]]":
    """Open or build the index; return its search, its lines of the header, and the index file."""
    from gld_shared.devices import choose_device
    from gld_shared.store.ensemble import check_ensemble, check_weights

    from gld_search.approximate.search import ApproximateSearch

    # Before an index is built, which may take hours.
    check_ensemble(queries, indexes)
    check_weights(weights or [1.0] * len(queries), len(queries))
    device = choose_device(device)
    opened = _opened(options, indexes)
    refine = options.refine or DEFAULT_REFINE
    search = ApproximateSearch(
        queries, indexes, k, opened, refine, options.probe, keep_self, weights
    )
    header: ApproximateHeader = {"factory": opened.factory, "refine": refine, "probe": search.probe}
    if opened.file is None:
        # Otherwise the file's digest identifies the index.
        header["seed"] = opened.seed
    if options.recall:
        header["recall"] = _recall(search, options.recall, options.seed or 0, device)
    return search, header, [opened.file] if opened.file else []


def _opened(options: Approximate, indexes: "Sequence[AnyStore]") -> "OpenIndex":
    from gld_search.approximate.index_file import built_index, kept_index

    with command.progress(indexes[0].n, "indexing", "images") as bar:
        if options.index_file is None:
            return built_index(str(options.factory), indexes, options.seed or 0, bar.update)
        return kept_index(
            Path(options.index_file),
            options.factory,
            indexes,
            options.seed,
            options.append,
            bar.update,
            draws_queries=options.recall is not None,
        )


def _recall(search: "ApproximateSearch", queries: int, seed: int, device: str) -> dict[str, Any]:
    from gld_search.approximate.recall import measure_recall

    pairs = min(queries, search.n) * (search.pairs // max(1, search.n))
    with command.progress(pairs, "measuring recall", "pairs", show_position=False) as bar:
        recall = measure_recall(search, queries, seed, device, bar.update)
    shown = ", ".join(f"@{k} {value:.4f}" for k, value in recall["at"].items())
    count = counted(recall["queries"], "query", "queries")
    log.warning("recall of %s against exact search: %s", count, shown)
    return dict(recall)
