"""One training step: network, head, optimizer and gradient scaler together."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from gld_shared.images.preprocess import normalise
from gld_shared.networks import EmbeddingNetwork
from torch import nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from gld_train.config import Config
from gld_train.data.batch import Batch
from gld_train.data.random_erasing import erase
from gld_train.distributed import Ranks
from gld_train.losses.objective import Objective
from gld_train.optim.ema import AveragedWeights
from gld_train.optim.freezing import freeze_stages, freeze_statistics
from gld_train.optim.optimizer import make_optimizer, set_learning_rate
from gld_train.optim.precision import autocast, usable_precision
from gld_train.optim.wise_ft import FirstWeights
from gld_train.step_result import UnreadResult


class Learner:
    """A network in training, in a single process or as one of several ranks."""

    def __init__(
        self,
        network: EmbeddingNetwork,
        objective: Objective,
        config: Config,
        ranks: Ranks,
        seed: int,
    ) -> None:
        """Move the modules to the device, channels last, the fastest layout for convolutions.

        ``network`` has its first weights, also when a state is loaded next.
        """
        self.network = network.to(ranks.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.objective = objective.to(ranks.device)
        self.head = self.objective.head
        self.config = config
        self.optim = config.scaled_optim
        self.ranks = ranks
        self.seed = seed
        freeze_stages(self.network.backbone, self.optim.frozen_stages)
        self.optimizer = make_optimizer(self.network, self.head, self.optim)
        precision = usable_precision(self.optim.precision, ranks.device)
        self.scaler = torch.amp.GradScaler(ranks.device.type, enabled=precision == "float16")
        self.averaged = (
            AveragedWeights(self.network, self.optim.average) if self.optim.average else None
        )
        share = config.checkpoint.tuned_share
        self.first = FirstWeights(self.network.backbone, share) if share < 1 else None
        self._autocast = partial(autocast, precision, ranks.device)
        self._losses = _Trained(self.network, self.objective, self._autocast)
        self._trained: nn.Module = self._losses

    def join(self) -> None:
        """Start to train together with the other ranks, from the first rank's weights."""
        if self.optim.compile:
            self.network.compile()
        if self.ranks.world == 1:
            return
        on_gpu = self.ranks.device.type == "cuda"
        if self.optim.sync_batchnorm and on_gpu:
            nn.SyncBatchNorm.convert_sync_batchnorm(self.network)  # type: ignore[no-untyped-call]
        # Some backbones contain layers that do not contribute to the output.
        self._trained = DistributedDataParallel(
            self._trained,
            device_ids=[self.ranks.device] if on_gpu else None,
            find_unused_parameters=True,
        )

    def step(self, batch: Batch, size: int, step: int, t: float) -> UnreadResult:
        """Learn from this rank's share of a batch of ``size`` images on all ranks together.

        Returns while a GPU still computes, so that the next step can begin before this one is read.
        ``step`` counts from 0, ``t`` is the time in epochs before it.
        """
        self._training_mode(step)
        lr = set_learning_rate(self.optimizer, t, self.optim, self.config.schedule)
        self.optimizer.zero_grad(set_to_none=True)
        total = torch.zeros(2, device=self.ranks.device)
        parts = batch.parts(self.config.data.accumulate)
        for number, part in enumerate(parts, start=1):
            share = len(part.labels) / size
            with self._gradients_kept(number < len(parts)):
                loss, accuracy = self._trained(*self._inputs(part), step)
                # DDP averages gradients over ranks; scaled like this, over all images.
                self.scaler.scale(loss * (share * self.ranks.world)).backward()
            total += share * torch.stack([loss.detach(), accuracy])
        self._update(step)
        return UnreadResult.of(total, lr, self.ranks)

    def loss_after(self, batch: Batch, size: int, step: int) -> float:
        """Compute the loss of a step's batch with the weights after it; learn nothing."""
        statistics = [buffer.clone() for buffer in self.network.buffers()]
        self._training_mode(step)
        total = torch.zeros(1)
        # With gradients, although none is used: a compiled network is not compiled again.
        for part in batch.parts(self.config.data.accumulate):
            loss, _ = self._losses(*self._inputs(part), step)
            total += len(part.labels) / size * loss.detach().cpu()
        for buffer, value in zip(self.network.buffers(), statistics, strict=True):
            buffer.copy_(value)
        return float(self.ranks.mean(total) * self.ranks.world)

    def embed(self, batches: Iterable[Batch]) -> torch.Tensor:
        """Embed all batches in eval mode: (n, dimension) on the CPU, L2-normalised."""
        self.network.eval()
        with torch.inference_mode(), self._autocast():
            parts = [self.network(self._normalised(batch.pixels)) for batch in batches]
            return functional.normalize(torch.cat(parts).float()).cpu()

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the state to validate and write: averaged, and mixed with the first weights."""
        state: dict[str, torch.Tensor] = self.network.state_dict()
        if self.averaged is not None:
            state = self.averaged.state_of(self.network)
        return state if self.first is None else self.first.mixed_with(state)

    @contextmanager
    def with_written_weights(self) -> Iterator[None]:
        """Load ``weights`` into the network for the block, and restore its own after it."""
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.weights())
        try:
            yield
        finally:
            self.network.load_state_dict(own)

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""
        return {
            "network": self.network.state_dict(),
            "head": self.head.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "averaged": None if self.averaged is None else self.averaged.weights,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore a state."""
        self.network.load_state_dict(state["network"])
        self.head.load_state_dict(state["head"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        if self.averaged is not None:
            for name, weight in state["averaged"].items():
                self.averaged.weights[name].copy_(weight)

    def _update(self, step: int) -> None:
        if self.optim.clip:
            self.scaler.unscale_(self.optimizer)
            groups = self.optimizer.param_groups
            nn.utils.clip_grad_norm_(
                (parameter for group in groups for parameter in group["params"]), self.optim.clip
            )
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.averaged is not None:
            self.averaged.update(self.network, step)

    def _gradients_kept(self, more_to_come: bool) -> AbstractContextManager[None]:
        """Exchange gradients between ranks once per step, at the last part."""
        if more_to_come and isinstance(self._trained, DistributedDataParallel):
            return self._trained.no_sync()
        return nullcontext()

    def _inputs(self, part: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return images and labels of a part of a batch, on the device."""
        images = erase(self._normalised(part.pixels), part.boxes)
        return images, part.labels.to(self.ranks.device, non_blocking=True)

    def _training_mode(self, step: int) -> None:
        # Dropout and stochastic depth draw from here: seeded by step, so that a resumed run
        # repeats the draws.
        torch.manual_seed((self.seed * 1_000_003 + step + 7_368_787 * self.ranks.rank) % 2**63)
        self._trained.train()
        freeze_statistics(self.network.backbone, everywhere=self.optim.freeze_batchnorm)

    def _normalised(self, pixels: torch.Tensor) -> torch.Tensor:
        image = self.config.image
        # Change the layout while pixels are uint8: a quarter of the bytes of fp32.
        on_device = pixels.to(
            self.ranks.device, non_blocking=True, memory_format=torch.channels_last
        )
        return normalise(on_device, image.mean, image.std)


class _Trained(nn.Module):
    """Network and objective as one module, so that their gradients are exchanged together."""

    def __init__(self, network: nn.Module, objective: Objective, autocast: Any) -> None:
        super().__init__()
        self.network, self.objective, self._autocast = network, objective, autocast

    def forward(
        self, images: torch.Tensor, labels: torch.Tensor, step: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        with self._autocast():
            embeddings = self.network(images)
        result: tuple[torch.Tensor, torch.Tensor] = self.objective(embeddings, labels, step)
        return result
