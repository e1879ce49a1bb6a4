"""The protocols of rankings by name."""

from types import MappingProxyType

from gld_eval.protocols import (
    gldv2_retrieval,
    ilias,
    place_recognition,
    recipe,
    revisitop,
    trec,
)
from gld_eval.protocols.protocol import Protocol

GLDV2_RETRIEVAL = gldv2_retrieval.PROTOCOL
REVISITOP = revisitop.PROTOCOL
TREC = trec.PROTOCOL
PROTOCOLS: MappingProxyType[str, Protocol] = MappingProxyType(
    {
        protocol.name: protocol
        for protocol in (
            GLDV2_RETRIEVAL,
            recipe.PROTOCOL,
            REVISITOP,
            place_recognition.PROTOCOL,
            ilias.PROTOCOL,
            TREC,
        )
    }
)
