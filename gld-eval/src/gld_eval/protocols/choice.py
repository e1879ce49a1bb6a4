"""The protocol that fits a truth, unless one is named."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from gld_eval.protocols.protocol import Protocol
from gld_eval.protocols.registry import GLDV2_RETRIEVAL, PROTOCOLS, RECOGNITION, REVISITOP


def protocol_for(rows: pl.DataFrame, header: Mapping[str, Any], name: str | None) -> Protocol[Any]:
    """Return the named protocol, or the one that fits a truth's rows and header.

    A reader of another format may name its protocol in the header. Images graded easy or hard ask
    for revisitop; all else is gldv2-retrieval.
    """
    named = name or header.get("protocol")
    if named in PROTOCOLS or named == RECOGNITION.name:
        return PROTOCOLS.get(str(named), RECOGNITION)
    if "grade" in rows.columns and rows["grade"].is_in(["easy", "hard"]).any():
        return REVISITOP
    return GLDV2_RETRIEVAL
