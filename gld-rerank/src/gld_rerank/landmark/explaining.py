"""Why the landmark rerank moved a query's results: votes on the query, and tags of the images."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Rows
from gld_shared.search.exact_scores import pair_products
from gld_shared.store import EmbeddingStore
from gld_shared.tables import Table

from gld_rerank.landmark.network import Network
from gld_rerank.landmark.shares import Shares
from gld_rerank.landmark.voting import Ballots
from gld_rerank.neighbours import Neighbours
from gld_rerank.reasons import Reasons


def landmark_reasons(
    found: Neighbours,
    query: slice,
    networks: Sequence[Network],
    ballots: Sequence[Ballots],
    rows: Rows,
    labels: Table,
    stores: Sequence[EmbeddingStore],
) -> Reasons:
    """Explain the results ``rows`` (k,) of one query, which ``query`` selects.

    Columns, for each network: the similarity, and landmark and country of the image's nearest
    reference, with their shares of the query's votes.
    """
    names = _landmark_names(labels)
    about: list[str] = []
    columns: list[pl.Series] = []
    for place, (network, cast, store) in enumerate(zip(networks, ballots, stores, strict=True)):
        of = "" if len(networks) == 1 else f" of network {place + 1}"
        end = "" if len(networks) == 1 else f"_{place + 1}"
        countries = dict(enumerate(network.references.country_names))
        about += _lines(cast, store, network, names, countries, of)
        vectors = found.query_side.members[place].read(found.query_rows[query])
        images = network.index.read(rows)
        zeros = np.zeros(len(rows), np.int64)
        similarity = pair_products(vectors, zeros, images, np.arange(len(rows)))
        columns.append(pl.Series(f"similarity{end}", similarity, pl.Float64))
        for kind, tags, shares, of_names in (
            ("landmark", network.landmarks, cast.landmarks, names),
            ("country", network.countries, cast.countries, countries),
        ):
            own = tags.of_rows[rows]
            named = [None if tag == NONE else of_names.get(tag, str(tag)) for tag in own.tolist()]
            columns.append(pl.Series(f"{kind}{end}", named, pl.String))
            share = [_share(shares, tag) for tag in own.tolist()]
            columns.append(pl.Series(f"{kind}_share{end}", share, pl.Float64))
    return Reasons(about, pl.DataFrame(columns))


def _lines(
    cast: Ballots,
    store: EmbeddingStore,
    network: Network,
    landmarks: dict[int, str],
    countries: dict[int, str],
    of: str,
) -> Iterator[str]:
    if cast.voters is not None and cast.votes is not None:
        ids = store.ids.take(network.references.store_rows[cast.voters[0]])
        voters = [f"{name} ({vote:.4f})" for name, vote in zip(ids, cast.votes[0], strict=True)]
        yield f"votes{of}: {', '.join(voters)}"
    yield f"landmarks{of}: {_listed(cast.landmarks, landmarks)}"
    yield f"countries{of}: {_listed(cast.countries, countries)}"


def _listed(shares: Shares, names: dict[int, str]) -> str:
    """Return the tags of the first query with their shares, the largest first."""
    pairs = zip(shares.tags[0].tolist(), shares.shares[0].tolist(), strict=True)
    known = sorted((-share, tag) for tag, share in pairs if tag != NONE)
    return ", ".join(f"{names.get(tag, str(tag))} ({-share:.4f})" for share, tag in known) or "none"


def _share(shares: Shares, tag: int) -> float | None:
    """Return a tag's share of the first query's votes, None where it has none."""
    places = np.flatnonzero((shares.tags[0] == tag) & (tag != NONE))
    return float(shares.shares[0, places[0]]) if len(places) else None


def _landmark_names(labels: Table) -> dict[int, str]:
    """Return the landmark of each label, where the list names them."""
    if "landmark" not in labels.rows.columns:
        return {}
    named = labels.rows.select("label", "landmark").drop_nulls().unique("label", keep="first")
    return {label: f"{label} {name}" for label, name in named.iter_rows() if name}
