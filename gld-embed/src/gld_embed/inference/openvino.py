"""Converting the backbone to OpenVINO, the backend that comes closest to a CPU's peak."""

import logging
import warnings
from collections import OrderedDict
from functools import cache
from threading import Lock, local
from types import ModuleType
from typing import Any

import torch
from gld_shared.errors import DataError
from gld_shared.out_of_memory import is_out_of_memory
from torch import nn

from gld_embed.inference.precision import BF16

log = logging.getLogger(__name__)
_TOLERANCE = 1e-3
KEPT = 8


class ConvertedBackbone(nn.Module):
    """A backbone computed by OpenVINO: normalised images ``(b, 3, h, w)``, fp32, to fp32 features.

    The backbone is converted at the first batch's shape, and the conversion is compared with torch
    at the first image of each other shape: some networks branch on the shape, and a conversion
    keeps only the branch taken. A shape for which it is wrong gets its own conversion; the last 8
    are kept. Networks of patches fit their position embeddings to the shape, so each shape gets its
    own conversion at once: a conversion that fails midway cannot be used again.

    Up to ``streams`` threads may compute a batch each at once, on a thread of OpenVINO's, pinned to
    no core, so that processes can share a machine. A thread's next batch overwrites its features.
    """

    def __init__(self, backbone: nn.Module, precision: str, streams: int = 1) -> None:
        """Take a backbone that is in eval mode and fp32.

        Raises DataError if OpenVINO is not installed, or has no bf16 on this CPU.
        """
        super().__init__()
        self.num_features = backbone.num_features
        self.num_prefix_tokens = getattr(backbone, "num_prefix_tokens", 0)
        self.output_fmt = getattr(backbone, "output_fmt", "NCHW")
        self._any_shape = not hasattr(backbone, "patch_embed")
        # In a tuple, so that the backbone's weights are not this module's parameters.
        self._backbone = (_Features(backbone),)
        self._openvino = _import_openvino()
        self._core = _core()
        self._precision = precision
        self._streams = streams
        self._lock = Lock()
        capabilities = self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == BF16 and "BF16" not in capabilities:
            raise DataError("--backend openvino has no bf16 on this CPU; use --precision fp32")
        self._general: _Conversion | None = None
        self.conversions: OrderedDict[tuple[int, int], _Conversion] = OrderedDict()

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """Compute a batch. Raises DataError if OpenVINO cannot, MemoryError for lack of memory."""
        height, width = images.shape[2:]
        shape = (height, width)
        with self._lock:
            if shape not in self.conversions:
                self.conversions[shape] = self._conversion_for(images[:1])
            self.conversions.move_to_end(shape)
            self._forget_oldest()
            conversion = self.conversions[shape]
        return conversion.run(images)

    def _forget_oldest(self) -> None:
        own = [shape for shape, made in self.conversions.items() if made is not self._general]
        if len(own) > KEPT:
            del self.conversions[own[0]]

    def _conversion_for(self, image: torch.Tensor) -> "_Conversion":
        with torch.inference_mode(False), torch.no_grad():
            # Two images: a batch dimension of 1 could be dropped or broadcast.
            images = torch.cat([image, image])
            expected = self._backbone[0](images)
            if self._general is not None and self._general.agrees(images, expected):
                return self._general
            self._drop_spoilt()
            conversion = self._convert(images)
            if not conversion.agrees(images, expected):
                raise _failure("it would compute something else")
        if self._any_shape:
            self._general = self._general or conversion
        return conversion

    def _drop_spoilt(self) -> None:
        """Forget the general conversion if it failed midway."""
        spoilt = self._general
        if spoilt is not None and spoilt.is_spoilt:
            kept = ((shape, made) for shape, made in self.conversions.items() if made is not spoilt)
            self.conversions = OrderedDict(kept)
            self._general = None

    def _convert(self, images: torch.Tensor) -> "_Conversion":
        try:
            with warnings.catch_warnings():
                # Tracing warns of each branch on the shape; ``agrees`` checks the result instead.
                warnings.simplefilter("ignore")
                model = self._openvino.convert_model(self._backbone[0], example_input=images)
            exact = self._compile(model, "f32")
            chosen = self._compile(model, "bf16") if self._precision == BF16 else exact
        except Exception as error:  # OpenVINO has several classes for the same failure
            if is_out_of_memory(RuntimeError(str(error))):
                raise MemoryError(str(error)) from error
            raise _failure(str(error)) from error
        return _Conversion(exact, chosen)

    def _compile(self, model: Any, hint: str) -> Any:
        options = {
            "INFERENCE_PRECISION_HINT": hint,
            "INFERENCE_NUM_THREADS": self._streams,
            "NUM_STREAMS": self._streams,
            "ENABLE_CPU_PINNING": False,
        }
        return self._core.compile_model(model, "CPU", options)


class _Features(nn.Module):
    """The backbone with its features as ``forward``, which OpenVINO converts."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.backbone.forward_features(images)
        return features


class _Conversion:
    """A converted model, compiled in fp32 for comparison and in the chosen precision."""

    def __init__(self, exact: Any, chosen: Any) -> None:
        self._exact = exact.create_infer_request()
        self._chosen = chosen
        self._of_thread = local()
        self.is_spoilt = False

    def run(self, images: torch.Tensor) -> torch.Tensor:
        """Compute a batch in the chosen precision, by a request that is this thread's own."""
        if not hasattr(self._of_thread, "request"):
            self._of_thread.request = self._chosen.create_infer_request()
        return _run(self._of_thread.request, images)

    def agrees(self, images: torch.Tensor, expected: torch.Tensor) -> bool:
        """Return whether the conversion computes the same as torch, in fp32."""
        try:
            found = _run(self._exact, images)
        except RuntimeError as error:
            log.debug("OpenVINO cannot compute images of another shape: %s", error)
            self.is_spoilt = True
            return False
        if found.shape != expected.shape:
            return False
        return bool((found - expected).abs().max() <= _TOLERANCE * expected.abs().max())


def _run(request: Any, images: torch.Tensor) -> torch.Tensor:
    outputs = request.infer([images.numpy()], share_inputs=True, share_outputs=True)
    return torch.from_numpy(outputs[0])


def _failure(reason: str) -> DataError:
    first = " ".join(reason.split())[:300]
    return DataError(f"--backend openvino cannot run this backbone: {first}; use --backend torch")


@cache
def _core() -> Any:
    """Return the only OpenVINO Core of this process.

    Each Core registers a stack for signal handlers and restores the previous one when it ends. If
    two ended in the order in which they began, the stack would be gone and the next signal would
    kill the process.
    """
    return _import_openvino().Core()


def _import_openvino() -> ModuleType:
    try:
        import openvino
    except ImportError as error:
        raise DataError(
            "--backend openvino needs OpenVINO: pip install 'gld-embed[openvino]'"
        ) from error
    module: ModuleType = openvino
    return module
