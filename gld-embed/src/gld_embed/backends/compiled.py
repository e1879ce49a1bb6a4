"""The backbone compiled by torch: on the CPU with frozen weights, on a GPU as CUDA graphs."""

from typing import Any

import torch
from gld_shared.errors import DataError


def compile_backbone(backbone: Any, example: torch.Tensor) -> None:
    """Replace, in place, what ``forward_features`` runs, and compile it for ``example``.

    On the CPU the code is for any number of images of any size; it is made again for the first
    image that is alone in its batch, and for the first that is not square. A GPU records a graph
    for each shape of batch, up to torch's limit of recompilations, and computes what comes after
    it as it is. Raises DataError where compiling fails.
    """
    options: dict[str, Any] = {"dynamic": True, "options": {"freezing": True}}
    if example.device.type == "cuda":
        options = {"dynamic": False, "mode": "reduce-overhead"}
    compiled: Any = torch.compile(backbone.forward_features, **options)
    with torch.inference_mode():
        try:
            # A copy made here, for code that was made for other tensors would be made again.
            compiled(example.clone())
        except (RuntimeError, torch._dynamo.exc.TorchDynamoException) as error:
            reason = str(error).strip().splitlines()[0]
            raise DataError(
                f"--backend compile: torch.compile fails on this backbone: {reason}; it needs a "
                "C++ compiler; use --backend torch"
            ) from error
    backbone.forward_features = compiled
