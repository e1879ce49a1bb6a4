"""Small JPEGs in a tar behind HTTP, against the same tar on this disk."""

import atexit
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import simplejpeg
from gld_shared.tables import LIST, write_table
from gld_shared.testing import run
from measure import LIMIT, OURS, PLAIN, Benchmark
from PIL import Image
from polars import DataFrame

IMAGES, SIZE = 20_000, 16


def benchmark() -> Benchmark:
    """Embed 20,000 images behind HTTP."""
    return of_size(IMAGES)


def of_size(images: int) -> Benchmark:
    """Embed raw pixels, so that reading and decoding are nearly all of the work."""
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    draw(folder, images)
    url = serve(folder)
    return Benchmark(
        "read",
        "images",
        images,
        {
            OURS: lambda: _embed(folder, f"{url}/photos.tar"),
            PLAIN: lambda: _stream(f"{url}/photos.tar"),
            LIMIT: lambda: _embed(folder, str(folder / "photos.tar")),
        },
        {
            OURS: f"gld-embed -c pixels:{SIZE} from a tar behind HTTP, from nothing to the store",
            PLAIN: "tarfile over one HTTP answer, Pillow, nothing stored",
            LIMIT: "the same gld-embed from the tar on this disk",
        },
    )


def draw(folder: Path, images: int = IMAGES) -> None:
    """Draw pictures of 160 x 120 into ``photos.tar``, and write their list."""
    names = [f"{number % 100:02}/{number}.jpg" for number in range(images)]
    random = np.random.default_rng(0)
    with tarfile.open(folder / "photos.tar", "w") as tar:
        for name in names:
            coarse = Image.fromarray(random.integers(0, 256, (5, 7, 3), dtype=np.uint8))
            pixels = np.array(coarse.resize((160, 120), Image.Resampling.BICUBIC))
            data = simplejpeg.encode_jpeg(pixels, quality=90)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    rows = DataFrame({"id": [str(number) for number in range(images)], "path": names})
    write_table(folder / "list.tsv", LIST, rows, {"history": []})


def serve(folder: Path) -> str:
    """Serve a folder from a process of its own, and return its URL."""
    arguments = [sys.executable, "-m", "gld_shared.testing.file_server", str(folder)]
    server = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    atexit.register(server.kill)
    assert server.stdout is not None
    return server.stdout.readline().strip()


def _embed(folder: Path, images: str) -> None:
    store = folder / "store.zarr"
    shutil.rmtree(store, ignore_errors=True)
    options = ["-c", f"pixels:{SIZE}", "--images", images, "-o", store]
    result = run(["gld-embed", folder / "list.tsv", *options])
    if result.exit_code:
        raise RuntimeError(f"gld-embed failed: {result.output}")


def _stream(url: str) -> None:
    with urlopen(url) as answer, tarfile.open(fileobj=answer, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None
            with Image.open(io.BytesIO(content.read())) as image:
                np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR))
