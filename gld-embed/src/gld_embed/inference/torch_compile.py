"""Compiling the backbone with torch: frozen weights on the CPU, CUDA graphs on a GPU."""

from typing import Any

import torch
from gld_shared.errors import DataError

# By default torch stops after 8 programs; a size takes three: for one image, for few and for many.
_PROGRAMS = 64


def compile_backbone(backbone: Any, example: torch.Tensor, sizes_vary: bool) -> None:
    """Replace ``forward_features`` of a backbone by compiled code, and compile it for ``example``.

    On the CPU a program takes any number of images of one size; each other size compiles another
    program. With ``sizes_vary`` a program takes many sizes, which some networks do not allow. The
    first batch of a single image compiles a program too. On a GPU, a graph is recorded for each
    shape of batch. After 64 programs, new shapes are computed without compiling. Raises DataError
    if compiling fails.
    """
    on_gpu = example.device.type == "cuda"
    options: dict[str, Any] = {"dynamic": sizes_vary, "options": {"freezing": True}}
    if on_gpu:
        options = {"dynamic": False, "mode": "reduce-overhead"}
    compiled: Any = torch.compile(backbone.forward_features, **options)

    def forward_features(images: torch.Tensor) -> Any:
        # Mark the batch dimension dynamic, or torch compiles for this batch size only.
        if not on_gpu and len(images) > 1:
            torch._dynamo.maybe_mark_dynamic(images, 0)
        with torch._dynamo.config.patch(recompile_limit=_PROGRAMS):
            return compiled(images)

    with torch.inference_mode():
        try:
            # A clone is an inference tensor, as all batches are; another kind compiles separately.
            forward_features(example.clone())
        except (RuntimeError, torch._dynamo.exc.TorchDynamoException) as error:
            raise _failure(error, sizes_vary) from error
    backbone.forward_features = forward_features


def _failure(error: Exception, sizes_vary: bool) -> DataError:
    # The first line names the part of torch that failed, the second one the reason.
    reason = " ".join(" ".join(str(error).strip().splitlines()[:2]).split())
    remedy = "use --backend torch"
    if sizes_vary:
        remedy = f"--resize squash, which is easier to compile, or {remedy}"
    return DataError(f"--backend compile: torch.compile fails on this backbone: {reason}; {remedy}")
