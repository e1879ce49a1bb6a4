"""Which network embeds and how: what a process needs to know to load it."""

from dataclasses import dataclass, field

import torch
from gld_shared.errors import DataError
from gld_shared.networks import Model, load_model

from gld_embed.inference.backends import TORCH
from gld_embed.inference.encoder import Engine
from gld_embed.inference.views import Views
from gld_embed.job import Job


@dataclass(frozen=True)
class NetworkChoice:
    """A checkpoint, as ``-c`` names it, how its backbone is computed, and what it is shown."""

    checkpoint: str
    precision: str
    views: Views = field(default_factory=Views)
    backend: str = TORCH

    def load(self, job: Job, device: str) -> Engine:
        """The network on a device, in another process than the one that made the job.

        Raises DataError when the checkpoint is no longer what the job was made for.
        """
        model = load_model(self.checkpoint)
        if model.sha256 != job.attributes["checkpoint"]["sha256"]:
            raise DataError(
                f"{self.checkpoint}: is not what it was when this command began; start again"
            )
        return self.engine(model, job, device)

    def engine(self, model: Model, job: Job, device: str) -> Engine:
        """The engine of a model at hand."""
        return Engine(
            model.network,
            job.settings,
            self.precision,
            torch.device(device),
            self.views,
            self.backend,
        )
