"""Decoding photographs to squares of pixels, on one core."""

import os
import tempfile
from pathlib import Path

import numpy as np
import simplejpeg
import torch
from gld_shared.images.preprocess import load
from measure import LIMIT, OURS, PLAIN, Benchmark
from PIL import Image

SIZE, PHOTOGRAPHS = 256, 60
LARGE, QUALITY = 1600, 90


def benchmark() -> Benchmark:
    """Load JPEGs at 256 x 256."""
    return _loading(photographs())


def of_size(side: int) -> Benchmark:
    """Load JPEGs whose longer side has so many pixels."""
    return _loading(enlarged(PHOTOGRAPHS // 3, side))


def _loading(paths: list[Path]) -> Benchmark:
    torch.set_num_threads(1)
    return Benchmark(
        "decode",
        "images",
        len(paths),
        {
            OURS: lambda: [load(path, SIZE) for path in paths],
            PLAIN: lambda: [load_plainly(path) for path in paths],
            LIMIT: lambda: [_entropy_only(path) for path in paths],
        },
        {
            OURS: f"gld_shared.images.preprocess.load at {SIZE}",
            PLAIN: "Pillow: open, convert, resize bilinear, to tensor",
            LIMIT: "libjpeg-turbo at 1/8: little but entropy decoding",
        },
    )


def photographs() -> list[Path]:
    """Return real photographs of GLD_DATA if it is set, else drawn ones of 1600 x 1200."""
    folder = os.environ.get("GLD_DATA")
    found = sorted(Path(folder).rglob("*.jpg"))[:PHOTOGRAPHS] if folder else []
    return found or _drawn(Path(tempfile.mkdtemp(prefix="gld-bench-")))


def _drawn(folder: Path) -> list[Path]:
    generator = np.random.default_rng(0)
    paths = [folder / f"{number}.jpg" for number in range(PHOTOGRAPHS // 3)]
    for path in paths:
        coarse = Image.fromarray(generator.integers(0, 256, (75, 100, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((1600, 1200), Image.Resampling.BICUBIC), np.int16)
        noisy = smooth + generator.normal(0, 6, smooth.shape).astype(np.int16)
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=90)
    return paths


def enlarged(count: int, side: int = LARGE) -> list[Path]:
    """Return photographs resized to a longer side of so many pixels."""
    folder, sources = Path(tempfile.mkdtemp(prefix="gld-bench-")), photographs()
    paths = []
    for number in range(count):
        path = folder / f"{number % len(sources)}.jpg"
        if number < len(sources):
            with Image.open(sources[number]) as image:
                factor = side / max(image.size)
                size = (round(image.width * factor), round(image.height * factor))
                enlarged = image.convert("RGB").resize(size, Image.Resampling.BICUBIC)
            enlarged.save(path, quality=QUALITY)
        paths.append(path)
    return paths


def load_plainly(path: Path, size: int = SIZE) -> torch.Tensor:
    """Load an image with Pillow alone, uint8 (3, size, size)."""
    with Image.open(path) as image:
        small = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(small)).permute(2, 0, 1)


def _entropy_only(path: Path) -> np.ndarray:
    return simplejpeg.decode_jpeg(path.read_bytes(), "RGB", min_height=1, min_width=1)
