"""The backbone compiled by torch: on the CPU with frozen weights, on a GPU as CUDA graphs."""

from typing import Any

import torch
from gld_shared.errors import DataError

# torch stops compiling after 8; a size takes three: for an image alone, for few and for many.
_PROGRAMS = 64


def compile_backbone(backbone: Any, example: torch.Tensor, sizes_vary: bool) -> None:
    """Replace, in place, what ``forward_features`` runs, and compile it for ``example``.

    On the CPU the code is for any number of images: of one size, made again for each other size, or
    of many sizes where ``sizes_vary``, which not all networks allow; it is made again for the first
    image that is alone in its batch. A GPU records a graph for each shape of batch. What comes
    after the 64th code is computed as it is. Raises DataError where compiling fails.
    """
    on_gpu = example.device.type == "cuda"
    options: dict[str, Any] = {"dynamic": sizes_vary, "options": {"freezing": True}}
    if on_gpu:
        options = {"dynamic": False, "mode": "reduce-overhead"}
    compiled: Any = torch.compile(backbone.forward_features, **options)

    def forward_features(images: torch.Tensor) -> Any:
        # Each batch is marked: code that is made for one without the mark is for its number alone.
        if not on_gpu and len(images) > 1:
            torch._dynamo.maybe_mark_dynamic(images, 0)
        with torch._dynamo.config.patch(recompile_limit=_PROGRAMS):
            return compiled(images)

    with torch.inference_mode():
        try:
            # A copy made here, for code that was made for other tensors would be made again.
            forward_features(example.clone())
        except (RuntimeError, torch._dynamo.exc.TorchDynamoException) as error:
            raise _failure(error, sizes_vary) from error
    backbone.forward_features = forward_features


def _failure(error: Exception, sizes_vary: bool) -> DataError:
    # The first line says which part of torch it was, the next one what.
    reason = " ".join(" ".join(str(error).strip().splitlines()[:2]).split())
    remedy = "use --backend torch"
    if sizes_vary:
        remedy = f"--resize squash, which is easier to compile, or {remedy}"
    return DataError(f"--backend compile: torch.compile fails on this backbone: {reason}; {remedy}")
