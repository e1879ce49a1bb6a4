"""PNG and TIFF of more than 8 bits a sample, of kinds that no installed library writes."""

import struct
import zlib
from typing import Any

import numpy.typing as npt
from PIL.TiffImagePlugin import ImageFileDirectory_v2

BLACK_IS_ZERO, RGB = 1, 2


def tiff(
    values: npt.NDArray[Any],
    meaning: int | None = None,
    least: float | None = None,
    most: float | None = None,
    **tags: object,
) -> bytes:
    """Return a TIFF of samples ``(h, w)`` or ``(h, w, n)``, uncompressed; tags as ``t274=6``.

    ``meaning`` is the photometric interpretation, ``least`` and ``most`` the declared range.
    """
    samples = 1 if values.ndim == 2 else values.shape[2]
    directory = ImageFileDirectory_v2()
    directory[256], directory[257] = values.shape[1], values.shape[0]
    directory[258] = (8 * values.dtype.itemsize,) * samples
    directory[262] = (BLACK_IS_ZERO if samples < 3 else RGB) if meaning is None else meaning
    directory[273], directory[277], directory[279] = (0,), samples, (values.nbytes,)
    directory[339] = ({"u": 1, "i": 2, "f": 3}[values.dtype.kind],) * samples
    if least is not None and most is not None:
        directory[340], directory[341] = (float(least),) * samples, (float(most),) * samples
    elif most is not None:
        directory[281] = (most,) * samples
    for name, value in tags.items():
        directory[int(name[1:])] = value
    # Pillow adds to the strip's offset the place after the directory.
    return b"II*\0" + struct.pack("<I", 8) + directory.tobytes(8) + values.tobytes()


def png(values: npt.NDArray[Any], **chunks: bytes) -> bytes:
    """Return a PNG of 16 bits, grey ``(h, w)``, RGB or RGBA ``(h, w, n)``, with more chunks."""
    height, width = values.shape[:2]
    kind = {2: 0, 3: {3: 2, 4: 6}.get(values.shape[-1])}[values.ndim]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    named = {"IHDR": header, **chunks, "IDAT": zlib.compress(rows), "IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body))
        + name.encode()
        + body
        + struct.pack(">I", zlib.crc32(name.encode() + body))
        for name, body in named.items()
    )
