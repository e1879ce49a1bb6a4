"""The protocols of rankings by name."""

from types import MappingProxyType

from gld_eval.protocols import (
    gldv2_recognition,
    gldv2_retrieval,
    ilias,
    place_recognition,
    recipe,
    revisitop,
    torchmetrics,
    trec,
)
from gld_eval.protocols.protocol import RankingProtocol

GLDV2_RETRIEVAL = gldv2_retrieval.PROTOCOL
RECOGNITION = gldv2_recognition.PROTOCOL
REVISITOP = revisitop.PROTOCOL
TREC = trec.PROTOCOL
PROTOCOLS: MappingProxyType[str, RankingProtocol] = MappingProxyType(
    {
        protocol.name: protocol
        for protocol in (
            GLDV2_RETRIEVAL,
            recipe.PROTOCOL,
            REVISITOP,
            place_recognition.PROTOCOL,
            ilias.PROTOCOL,
            TREC,
            torchmetrics.PROTOCOL,
        )
    }
)
