"""A network with its settings and provenance."""

from dataclasses import dataclass
from typing import Any

from gld_shared.networks.network import EmbeddingNetwork
from gld_shared.provenance import History


@dataclass(frozen=True)
class Model:
    """A network in eval mode and fp32, with its settings and provenance.

    ``config`` holds ``model`` and ``image`` (size, resize, mean, std), and for a checkpoint the
    rest of its training configuration. ``path`` is the given name, ``step`` the number of
    training steps.
    """

    network: EmbeddingNetwork
    config: dict[str, Any]
    path: str
    sha256: str
    history: History
    step: int = 0
