"""The result of a training step, which a GPU may still be computing when the next one begins."""

from dataclasses import dataclass

import torch

from gld_train.distributed import Ranks


@dataclass(frozen=True)
class StepResult:
    """Mean loss of the batch, accuracy of the logits with margin, learning rate."""

    loss: float
    accuracy: float
    lr: float


@dataclass(frozen=True)
class UnreadResult:
    """Loss and accuracy of this rank's share of a step, which a GPU may still be computing.

    ``total`` (2,) is in the memory of this machine, and complete after the event ``done``.
    """

    total: torch.Tensor
    done: torch.cuda.Event | None
    lr: float
    ranks: Ranks

    @classmethod
    def of(cls, total: torch.Tensor, lr: float, ranks: Ranks) -> "UnreadResult":
        """Start to copy loss and accuracy from a GPU, without waiting for them."""
        if not total.is_cuda:
            return cls(total, None, lr, ranks)
        copy = total.to("cpu", non_blocking=True)
        done = torch.cuda.Event()  # type: ignore[no-untyped-call]
        done.record()
        return cls(copy, done, lr, ranks)

    def read(self) -> StepResult:
        """Wait for the values of all ranks."""
        if self.done is not None:
            self.done.synchronize()
        loss, accuracy = (self.ranks.mean(self.total) * self.ranks.world).tolist()
        return StepResult(loss, accuracy, self.lr)
