"""Compiling the backbone by torch: with frozen weights on the CPU, as CUDA graphs on a GPU."""

from typing import Any

import torch
from gld_shared.errors import DataError

# torch stops after 8 programs; one size takes three: for a single image, for few and for many.
_PROGRAMS = 64


def compile_backbone(backbone: Any, example: torch.Tensor, sizes_vary: bool) -> None:
    """Replace ``forward_features`` of a backbone by compiled code, and compile it for ``example``.

    On the CPU a program takes any number of images: of one size, and another program is compiled
    for each other size, or with ``sizes_vary`` of many sizes, which some networks do not allow. The
    first single image compiles another one. A GPU records a graph for each shape of batch. After
    64 programs, other shapes are computed without compiling. Raises DataError where compiling
    fails.
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
            # A copy made in inference mode: other tensors would be compiled again.
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
