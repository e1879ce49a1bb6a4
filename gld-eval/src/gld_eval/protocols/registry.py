"""The protocols by name."""

from types import MappingProxyType

from gld_eval.protocols import gldv2_retrieval
from gld_eval.protocols.protocol import Protocol

GLDV2_RETRIEVAL = gldv2_retrieval.PROTOCOL
PROTOCOLS: MappingProxyType[str, Protocol] = MappingProxyType(
    {protocol.name: protocol for protocol in (GLDV2_RETRIEVAL,)}
)
