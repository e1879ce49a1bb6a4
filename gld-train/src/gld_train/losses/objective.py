"""What training makes small: the head's cross-entropy, and the triplet loss where asked for."""

import torch
from torch import nn
from torch.nn import functional

from gld_train.config import Config
from gld_train.losses import Head
from gld_train.losses.partial_fc import drawn_classes
from gld_train.losses.triplet import batch_hard_triplet


class Objective(nn.Module):
    """Loss of a batch of embeddings, a mean over its images; fp32 also under autocast."""

    class_weights: torch.Tensor | None

    def __init__(self, head: Head, config: Config, counts: torch.Tensor, seed: int) -> None:
        """``counts`` (classes,) are the training images of each class."""
        super().__init__()
        self.head = head
        self.config = config
        self.seed = seed
        weights = class_weights(counts) if config.head.class_weights == "log" else None
        self.register_buffer("class_weights", weights, persistent=False)

    def forward(
        self, embeddings: torch.Tensor, labels: torch.Tensor, step: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss, and the share of right answers under the margin.

        Embeddings (b, dimension), labels (b,); ``step`` counts from 0 and decides which negative
        classes take part.
        """
        head, triplet = self.config.head, self.config.triplet
        classes, targets = None, labels
        if head.negatives < 1:
            classes, targets = drawn_classes(
                labels, self.head.classes, head.negatives, self.seed, step
            )
        logits = self.head(embeddings, targets, classes)
        losses = functional.cross_entropy(
            logits, targets, label_smoothing=head.label_smoothing, reduction="none"
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
    """1 / log(1 + n) for a class of n images, (classes,): frequent landmarks weigh less.

    Scaled to a mean of 1 over the training images, so that the learning rate keeps its meaning and
    a batch's loss stays a plain mean. Source: Henkel and Singer, Supporting large-scale image
    recognition with out-of-domain samples, 2020 (there normalised in each batch).
    """
    weights = 1 / counts.clamp(min=1).double().log1p()
    return (weights * counts.sum() / (weights * counts).sum()).float()
