"""Export of a checkpoint's embedding network as ONNX, compared with torch before it is written.

The file is self-contained: it takes decoded pixels, and normalises them and its embeddings. The
resize method, and whatever else a checkpoint records, are in its ``metadata_props``.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from gld_shared.errors import DataError
from gld_shared.files import open_output
from gld_shared.images.preprocess import load, normalise
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import EmbeddingNetwork, Model, load_model
from gld_shared.sha256 import sha256
from torch import nn
from torch.nn import functional

from gld_train.run_folder.folder import beside

log = logging.getLogger(__name__)
FORMAT = "gld-onnx/1"
TOLERANCE = 1e-4
COMPARED = 16


@dataclass(frozen=True)
class Parity:
    """Agreement of ONNX with torch on the unit vectors of ``images`` images.

    The largest difference between two values, and the lowest cosine between two vectors.
    """

    images: int
    difference: float
    cosine: float


def onnx_path(checkpoint: Path) -> Path:
    """Return ``X.onnx`` beside ``X.safetensors``."""
    return beside(checkpoint, ".onnx")


def is_exported(checkpoint: Path) -> bool:
    """Return whether the file beside a checkpoint was made from that checkpoint."""
    import onnx
    from google.protobuf.message import DecodeError

    path = onnx_path(checkpoint)
    if not path.is_file():
        return False
    try:
        made = onnx.load(path)
    except DecodeError:
        return False
    recorded = {entry.key: entry.value for entry in made.metadata_props}
    return recorded.get("checkpoint") == sha256(checkpoint)


def write_onnx(checkpoint: Path, images: Iterable[Path]) -> Parity:
    """Write ``X.onnx`` beside a checkpoint, whole or not at all, and return its parity with torch.

    The first 16 readable images are compared. Raises DataError when no image is readable, and,
    without writing, when a value differs by more than ``TOLERANCE``.
    """
    model = load_model(str(checkpoint))
    deployed = Deployed(model.network, ImageSettings.from_dict(model.config["image"])).eval()
    pixels = _first_readable(images, deployed.settings.size)
    data = _to_onnx(deployed, _metadata(model))
    parity = compare(data, deployed, pixels)
    # Negated, so that NaN counts as a difference.
    if not parity.difference <= TOLERANCE:
        raise DataError(
            f"{onnx_path(checkpoint)}: not written: its embeddings differ from torch's by up to "
            f"{parity.difference:.1e} (lowest cosine {parity.cosine:.6f}), expected at most "
            f"{TOLERANCE:.0e}; {checkpoint} is finished and sound"
        )
    with open_output(onnx_path(checkpoint)) as stream:
        stream.write(data)
    return parity


class Deployed(nn.Module):
    """Pixels uint8 ``(b, 3, h, w)``, RGB, to embeddings fp32 ``(b, dimension)`` of length 1."""

    def __init__(self, network: EmbeddingNetwork, settings: ImageSettings) -> None:
        """Wrap a network in eval mode and fp32."""
        super().__init__()
        self.network, self.settings = network, settings

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Normalise the pixels, embed them, normalise the embeddings."""
        images = normalise(pixels, self.settings.mean, self.settings.std)
        return functional.normalize(self.network(images))


def compare(data: bytes, deployed: Deployed, pixels: torch.Tensor) -> Parity:
    """Run ONNX and torch on the same pixels, on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"pixels": pixels.numpy()})
    ours = torch.from_numpy(found).double()
    with torch.inference_mode():
        exact = deployed(pixels).double()
    cosines = functional.cosine_similarity(ours, exact)
    return Parity(len(pixels), float((ours - exact).abs().max()), float(cosines.min()))


def _first_readable(images: Iterable[Path], size: int) -> torch.Tensor:
    loaded: list[torch.Tensor] = []
    for path in images:
        try:
            loaded.append(load(path, size))
        except DataError as error:
            log.info("not compared: %s", error)
        if len(loaded) == COMPARED:
            break
    if not loaded:
        raise DataError("--onnx: no image of the list can be read to compare with torch")
    return torch.stack(loaded)


def _to_onnx(deployed: Deployed, metadata: dict[str, str]) -> bytes:
    """Export graph and weights as one file, the same bytes for the same checkpoint."""
    axes = {0: "batch"}
    if _takes_any_size(deployed):
        axes |= {2: "height", 3: "width"}
    size = deployed.settings.size
    example = torch.zeros(2, 3, size, size, dtype=torch.uint8)
    program = torch.onnx.export(
        deployed, (example,), dynamo=True, verbose=False, external_data=False,
        input_names=["pixels"], output_names=["embeddings"], dynamic_shapes=(axes,),
    )  # fmt: skip
    assert program is not None
    # Remove the nodes' source locations, which hold paths of this machine.
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()
    program.model.metadata_props.update(metadata)
    data: bytes = program.model_proto.SerializeToString(deterministic=True)
    return data


def _takes_any_size(deployed: Deployed) -> bool:
    """Return whether the exporter can leave height and width open.

    It cannot with convolutions that pad as TensorFlow does: their padding is an expression of the
    size that grows from layer to layer, and takes hours to solve.
    """
    layers = [layer for layer in deployed.modules() if isinstance(layer, nn.Conv2d)]
    return all(type(layer) is nn.Conv2d for layer in layers)


def _metadata(model: Model) -> dict[str, str]:
    image = ImageSettings.from_dict(model.config["image"]).to_dict()
    return {
        "format": FORMAT,
        "colors": "RGB",
        **{name: json.dumps(value) for name, value in image.items() if name != "resize"},
        "resize": image["resize"],
        "model": json.dumps(model.config["model"]),
        "checkpoint": model.sha256,
        "history": json.dumps(model.history),
    }
