"""The base class of the heads: class vectors, sub-centers, a selection of classes, fp32."""

from typing import ClassVar

import torch
from torch import nn
from torch.nn import functional

Margin = float | torch.Tensor


class Head(nn.Module):
    """Scaled cosines between embeddings and class vectors, changed by a margin rule.

    ``weight`` is (classes, dimension), or (classes, K, dimension) with K sub-centers: then the
    cosine of a class is the largest of its K, so that images with a wrong label can gather at a
    center of their own (Deng et al., Sub-center ArcFace, 2020). ``margin`` is one number,
    or one per class (classes,).

    Computed in fp32, even under autocast: half precision gives cosines above 1.
    """

    # False for heads without margin and sub-centers.
    has_margin: ClassVar[bool] = True
    margin: torch.Tensor

    def __init__(
        self, dimension: int, classes: int, scale: float, margin: Margin, subcenters: int = 1
    ) -> None:
        """Draw the class vectors from torch's global generator."""
        super().__init__()
        weight = torch.empty(classes * subcenters, dimension)
        self.initialise(weight)
        if subcenters > 1:
            weight = weight.view(classes, subcenters, dimension)
        self.weight = nn.Parameter(weight)
        self.scale = scale
        # Not part of the state: recomputed from the configuration and the list.
        self.register_buffer("margin", torch.as_tensor(margin), persistent=False)

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.weight)

    def initialise(self, weight: torch.Tensor) -> None:
        """Fill ``weight`` (rows, dimension) in place."""
        nn.init.xavier_uniform_(weight)

    def forward(
        self, embeddings: torch.Tensor, targets: torch.Tensor, classes: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Compute logits (b, n) of embeddings (b, dimension) with targets (b,).

        ``classes`` (n,) are the numbers of the classes that take part, all by default; ``targets``
        are positions among them.
        """
        with torch.autocast(embeddings.device.type, enabled=False):
            cosines = self.cosines(embeddings.float(), classes)
            margin = self.margin
            if margin.ndim:
                margin = margin[targets if classes is None else classes[targets]][:, None]
            return self.scale * self.with_margin(cosines, targets[:, None], margin)

    def cosines(self, embeddings: torch.Tensor, classes: torch.Tensor | None) -> torch.Tensor:
        """Compute cosines (b, n) of embeddings (b, dimension) with each class's nearest center."""
        centers = functional.normalize(self.selected(classes), dim=-1)
        cosines = functional.linear(functional.normalize(embeddings), centers.flatten(end_dim=-2))
        if centers.ndim == 2:
            return cosines
        return cosines.view(len(cosines), *centers.shape[:2]).amax(dim=2)

    def selected(self, classes: torch.Tensor | None) -> torch.Tensor:
        """Return the rows of ``weight`` that take part, fp32."""
        return (self.weight if classes is None else self.weight.index_select(0, classes)).float()

    def with_margin(
        self, cosines: torch.Tensor, targets: torch.Tensor, margin: torch.Tensor
    ) -> torch.Tensor:
        """Turn cosines (b, n) into unscaled logits (b, n); targets (b, 1), margin (b, 1) or ()."""
        raise NotImplementedError


def on_target(cosines: torch.Tensor, targets: torch.Tensor, changed: torch.Tensor) -> torch.Tensor:
    """Replace the cosines (b, n) of the targets (b, 1) by ``changed`` (b, 1)."""
    return cosines.scatter(1, targets, changed)
