"""The protocol that fits a truth, unless one is named."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from gld_eval.protocols.protocol import Protocol
from gld_eval.protocols.registry import GLDV2_RETRIEVAL, PROTOCOLS, REVISITOP


def protocol_for(rows: pl.DataFrame, header: Mapping[str, Any], name: str | None) -> Protocol:
    """Return the named protocol, or the one that fits a truth's rows and header.

    Images graded easy or hard ask for revisitop; a reader of another format may name its protocol
    in the header; all else is gldv2-retrieval.
    """
    if name is not None:
        return PROTOCOLS[name]
    if "grade" in rows.columns and rows["grade"].is_in(["easy", "hard"]).any():
        return REVISITOP
    return PROTOCOLS.get(str(header.get("protocol")), GLDV2_RETRIEVAL)
