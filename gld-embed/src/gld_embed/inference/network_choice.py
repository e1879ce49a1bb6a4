"""The choice of a network and its views: all that a process needs to load its encoder."""

from dataclasses import dataclass, field

import torch
from gld_shared.errors import DataError
from gld_shared.networks import Model, load_model

from gld_embed.inference.backend_names import TORCH
from gld_embed.inference.encoder import Encoder
from gld_embed.inference.views import Views
from gld_embed.job import Job


@dataclass(frozen=True)
class NetworkChoice:
    """A checkpoint, as ``-c`` names it, its precision and backend, and the views it is shown.

    ``backbone`` is the network of plain weights, None for any other checkpoint.
    """

    checkpoint: str
    precision: str
    views: Views = field(default_factory=Views)
    backend: str = TORCH
    backbone: str | None = None

    def load(self, job: Job, device: str) -> Encoder:
        """Load the encoder in a process other than the one that made the job.

        Raises DataError when the checkpoint has changed since the job was made.
        """
        model = load_model(self.checkpoint, self.backbone)
        if model.sha256 != job.attributes["checkpoint"]["sha256"]:
            raise DataError(f"{self.checkpoint}: has changed since this command began; start again")
        return self.encoder(model, job, device)

    def encoder(self, model: Model, job: Job, device: str) -> Encoder:
        """Return the encoder of a loaded model."""
        return Encoder(
            model.network,
            job.settings,
            self.precision,
            torch.device(device),
            self.views,
            self.backend,
        )
