"""ArcFace: an additive angular margin."""

import math

import torch

from gld_train.losses.head import Head, on_target


class ArcFace(Head):
    """s * cos(angle + m) on the target class, s * cos(angle) on the others.

    Source: Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face Recognition, 2019,
    eq. 3. With sub-centers: Deng et al., Sub-center ArcFace, 2020.
    """

    def with_margin(
        self, cosines: torch.Tensor, targets: torch.Tensor, margin: torch.Tensor
    ) -> torch.Tensor:
        """Compute cos(angle + margin), continued by a line where angle + margin exceeds pi."""
        cosine = cosines.gather(1, targets)
        # Clamped above 0, where the gradient of the square root is infinite.
        sine = (1.0 - cosine * cosine).clamp(min=1e-12).sqrt()
        turned = cosine * margin.cos() - sine * margin.sin()
        line = cosine - margin * (math.pi - margin).sin()
        passes = cosine <= (math.pi - margin).cos()
        return on_target(cosines, targets, torch.where(passes, line, turned))
