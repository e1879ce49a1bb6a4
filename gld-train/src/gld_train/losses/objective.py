"""The loss of a training step: the head's cross-entropy, plus the triplet loss if configured."""

import torch
from torch import nn
from torch.nn import functional

from gld_train.losses.head import Head
from gld_train.losses.head_config import HeadConfig
from gld_train.losses.partial_fc import sample_classes
from gld_train.losses.triplet import TripletConfig, batch_hard_triplet


class Objective(nn.Module):
    """Loss of a batch of embeddings, a mean over its images; fp32 even under autocast."""

    class_weights: torch.Tensor | None

    def __init__(
        self,
        head: Head,
        config: HeadConfig,
        triplet: TripletConfig,
        counts: torch.Tensor,
        seed: int,
    ) -> None:
        """Take the number of training images of each class, ``counts`` (classes,)."""
        super().__init__()
        self.head, self.config, self.triplet, self.seed = head, config, triplet, seed
        weights = class_weights(counts) if config.class_weights == "log" else None
        self.register_buffer("class_weights", weights, persistent=False)

    def forward(
        self, embeddings: torch.Tensor, labels: torch.Tensor, step: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the loss, and the accuracy of the logits with margin.

        Embeddings (b, dimension), labels (b,); ``step`` counts from 0 and decides which negative
        classes take part.
        """
        config, triplet = self.config, self.triplet
        classes, targets = None, labels
        if config.negatives < 1:
            classes, targets = sample_classes(
                labels, self.head.classes, config.negatives, self.seed, step
            )
        logits = self.head(embeddings, targets, classes)
        losses = functional.cross_entropy(
            logits, targets, label_smoothing=config.label_smoothing, reduction="none"
        )
        if self.class_weights is not None:
            losses = losses * self.class_weights[labels]
        loss = losses.mean()
        if triplet.weight:
            margin = None if triplet.soft else triplet.margin
            loss = loss + triplet.weight * batch_hard_triplet(embeddings, labels, margin)
        accuracy = (logits.detach().argmax(dim=1) == targets).float().mean()
        return loss, accuracy


def class_weights(counts: torch.Tensor) -> torch.Tensor:
    """Weigh a class of n images by 1 / log(1 + n), (classes,): frequent landmarks weigh less.

    Scaled to a mean of 1 over the training images, so that the learning rate keeps its meaning and
    the loss of a batch stays a plain mean. Source: Henkel and Singer, Supporting large-scale image
    recognition with out-of-domain samples, 2020 (normalised within each batch there).
    """
    weights = 1 / counts.clamp(min=1).double().log1p()
    return (weights * counts.sum() / (weights * counts).sum()).float()
