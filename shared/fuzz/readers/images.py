"""Readers of images: nine formats in forty variants, many images for each command."""

from collections import defaultdict
from pathlib import Path
from random import Random

import numpy as np
from gld_shared.testing import small_image, small_list
from gld_shared.testing.deep_images import png, tiff
from mutations.png import change_chunk
from mutations.raw_bytes import RAW_BYTES
from PIL import Image
from running.attempt import Attempt, Change, Clean, Command
from running.examine import Reader

from readers.draw import command, mutated

_AT_ONCE = 24
_FIXTURES = Path(__file__).parents[2] / "tests" / "fixtures"
_PLAIN: dict[str, tuple[str, dict[str, object]]] = {
    "plain": ("jpg", {}),
    "progressive": ("jpg", {"progressive": True, "quality": 95}),
    "grey": ("jpg", {"mode": "L"}),
    "cmyk": ("jpg", {"mode": "CMYK"}),
    "full": ("jfif", {"subsampling": 0, "format": "JPEG"}),
    "rgb": ("png", {}),
    "grey8": ("png", {"mode": "L"}),
    "bilevel": ("png", {"mode": "1"}),
    "palette": ("png", {"mode": "P"}),
    "rgba": ("png", {"mode": "RGBA"}),
    "la": ("png", {"mode": "LA"}),
    "lossy": ("webp", {}),
    "lossless": ("webp", {"lossless": True}),
    "alpha": ("webp", {"mode": "RGBA"}),
    "one": ("gif", {}),
    "bmp24": ("bmp", {}),
    "bmp8": ("bmp", {"mode": "P"}),
    "bmp1": ("bmp", {"mode": "1"}),
    "raw": ("tiff", {}),
    "lzw": ("tiff", {"compression": "tiff_lzw"}),
    "deflate": ("tiff", {"compression": "tiff_adobe_deflate"}),
    "jpeg": ("tiff", {"compression": "jpeg"}),
    "packbits": ("tiff", {"compression": "packbits"}),
    "bilevel4": ("tif", {"mode": "1", "compression": "group4"}),
    "cmyk4": ("tif", {"mode": "CMYK"}),
    "small": ("avif", {}),
    "best": ("avif", {"quality": 100}),
}


def _prepare() -> None:
    photos = Path("photos")
    for seed, (name, (suffix, options)) in enumerate(_PLAIN.items()):
        small_image(photos / f"{name}.{suffix}", seed, (48, 36), **options)
    turned = Image.Exif()
    turned[0x0112] = 6
    small_image(photos / "turned.jpg", 40, (48, 36), exif=turned.tobytes())
    small_image(photos / "turned.png", 41, (48, 36), exif=turned.tobytes())
    small_image(photos / "turned.webp", 42, (48, 36), exif=turned.tobytes())
    frames = [Image.new("RGB", (30, 20), (number * 60, 9, 99)) for number in range(3)]
    for suffix in ("gif", "webp", "png", "tiff", "avif"):
        file = photos / f"frames.{suffix}"
        frames[0].save(file, save_all=True, append_images=frames[1:])
    for name in ("scene.heic", "turned.heic"):
        (photos / name).write_bytes((_FIXTURES / name).read_bytes())
    deep = np.random.default_rng(0).integers(0, 65536, (20, 30, 3), np.uint16)
    (photos / "deep.png").write_bytes(png(deep))
    (photos / "deep.tiff").write_bytes(tiff(deep))
    (photos / "float.tiff").write_bytes(tiff(deep[..., 0].astype(np.float32) / 65535))
    (photos / "integer.tif").write_bytes(tiff(deep[..., 0].astype(np.int32)))
    _write_list([path.name for path in sorted(photos.iterdir())])


def _write_list(names: list[str]) -> None:
    small_list(Path("list.tsv"), names)
    text = Path("list.tsv").read_text()
    for name in names:
        text = text.replace(f"\t{name}.jpg\t", f"\t{name}\t")
    Path("list.tsv").write_text(text)


_EMBED = "gld-embed list.tsv -c pixels:4 --images photos -j 2 --skip-unreadable -o e.zarr"
_WRITES = {"outputs": ["e.zarr", "e.unreadable.tsv"], "kept": ["e.zarr.partial", "e.zarr.work"]}
_COMMANDS: tuple[Command, ...] = (
    command("gld-lists check list.tsv --images photos --tiny 1 -j 2"),
    command(_EMBED, **_WRITES),
    command(f"{_EMBED} --decode exact", **_WRITES),
    command(f"{_EMBED} --decode recipe", **_WRITES),
    command(
        "gld-lists resize list.tsv --images photos --size 16 --skip-unreadable -j 2 -o small",
        outputs=["small", "small.unreadable.tsv"],
        kept=["small", "small.unreadable.tsv"],
    ),
    command("gld-lists folder photos --skip-unreadable -j 2"),
)


def _attempt(random: Random, clean: Clean) -> Attempt:
    """Mutate some of the images, of each format about as many; one command reads them all."""
    formats = defaultdict(list)
    for name in sorted(clean):
        if name.startswith("photos/"):
            formats[Path(name).suffix].append(name)
    changes = {}
    for _ in range(_AT_ONCE):
        suffix = random.choice(list(formats))
        name = random.choice(formats[suffix])
        mutations = (*RAW_BYTES, *[change_chunk] * 6) if suffix == ".png" else RAW_BYTES
        changes[name] = Change(mutated(clean[name], mutations, random))
    return Attempt(random.choice(_COMMANDS), changes, inputs=len(changes))


IMAGES = (Reader("images", 400, _prepare, _attempt, at_once=_AT_ONCE),)
