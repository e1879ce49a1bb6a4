"""The protocol that fits a truth, unless one is named."""

from typing import Any

from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.tables import Table

from gld_eval.protocols.protocol import Protocol
from gld_eval.protocols.registry import GLDV2_RETRIEVAL, PROTOCOLS, RECOGNITION, REVISITOP


def protocol_for(truth: Table, name: str | None) -> Protocol[Any]:
    """Return the named protocol, or the one that fits a truth.

    A reader of another format may name its protocol in the header. Images graded easy or hard ask
    for revisitop; all else is gldv2-retrieval. Raises DataError if the truth holds landmarks, and
    the name is that of another protocol than recognition.
    """
    fitting = truth.header.get("protocol")
    if fitting == RECOGNITION.name and name not in (None, fitting):
        raise DataError(
            f"{display_name(truth.path)}: landmarks of images, for {fitting}; {name} expects pairs "
            "of relevant images, as gld-lists truth writes them"
        )
    named = name or fitting or ""
    if named == RECOGNITION.name:
        return RECOGNITION
    if named in PROTOCOLS:
        return PROTOCOLS[named]
    if "grade" in truth.rows.columns and truth.rows["grade"].is_in(["easy", "hard"]).any():
        return REVISITOP
    return GLDV2_RETRIEVAL
