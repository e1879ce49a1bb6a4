"""What one training step changes: network, head, optimizer and gradient scaler together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from gld_shared.images import normalise
from gld_shared.networks import EmbeddingNetwork
from torch import nn
from torch.nn import functional

from gld_train.augment import erase
from gld_train.config import Config
from gld_train.data import Batch
from gld_train.objective import Objective
from gld_train.optimizer import make_optimizer, set_learning_rate

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class StepResult:
    """Mean loss of the batch, share of right answers under the margin, learning rate."""

    loss: float
    accuracy: float
    lr: float


class Learner:
    """A network in training."""

    def __init__(
        self,
        network: EmbeddingNetwork,
        objective: Objective,
        config: Config,
        device: torch.device,
        seed: int,
    ) -> None:
        """Move the modules to the device, channels last, which convolutions are fastest with."""
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.objective = objective.to(device)
        self.head = self.objective.head
        self.config = config
        self.device = device
        self.seed = seed
        self.optimizer = make_optimizer(self.network, self.head, config.optim)
        self.scaler = torch.amp.GradScaler(device.type, enabled=config.optim.precision == "float16")

    def step(self, batch: Batch, step: int, t: float) -> StepResult:
        """Learn from one batch. ``step`` counts from 0, ``t`` is the time in epochs before it."""
        # Dropout and stochastic depth draw from here; by step, so that a resumed run draws alike.
        torch.manual_seed((self.seed * 1_000_003 + step) % 2**63)
        self._training_mode()
        lr = set_learning_rate(self.optimizer, t, self.config.optim, self.config.schedule)
        images = erase(self._normalised(batch.pixels), batch.boxes)
        labels = batch.labels.to(self.device, non_blocking=True)
        with self.autocast():
            embeddings = self.network(images)
        loss, accuracy = self.objective(embeddings, labels, step)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return StepResult(loss.item(), accuracy.item(), lr)

    def embed(self, batches: Iterable[Batch]) -> torch.Tensor:
        """L2-normalised embeddings of all batches, (n, dimension) on the CPU, in eval mode."""
        self.network.eval()
        with torch.inference_mode(), self.autocast():
            parts = [self.network(self._normalised(batch.pixels)) for batch in batches]
            return functional.normalize(torch.cat(parts).float()).cpu()

    def autocast(self) -> torch.autocast:
        """Half precision for the backbone; pooling, neck and head keep to fp32 by themselves."""
        precision = self.config.optim.precision
        return torch.autocast(
            self.device.type, dtype=_DTYPES[precision], enabled=precision != "float32"
        )

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "network": self.network.state_dict(),
            "head": self.head.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self.network.load_state_dict(state["network"])
        self.head.load_state_dict(state["head"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])

    def _training_mode(self) -> None:
        self.network.train()
        self.objective.train()
        if self.config.optim.freeze_batchnorm:
            freeze_batchnorm(self.network.backbone)

    def _normalised(self, pixels: torch.Tensor) -> torch.Tensor:
        image = self.config.image
        on_device = pixels.to(self.device, non_blocking=True)
        return normalise(on_device, image.mean, image.std).contiguous(
            memory_format=torch.channels_last
        )


def freeze_batchnorm(backbone: nn.Module) -> None:
    """Keep the backbone's BatchNorm statistics as they are; scales and shifts still learn."""
    for module in backbone.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()
