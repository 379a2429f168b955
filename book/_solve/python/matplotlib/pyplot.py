"""In a page of the book: `imshow`, and what only decorates it."""

import base64
import struct
import zlib

import numpy as np

_figures = []


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(pixels):
    """A PNG of (H, W) gray or (H, W, 3) colored pixels, uint8."""
    height, width = pixels.shape[:2]
    head = struct.pack(">IIBBBBB", width, height, 8, 0 if pixels.ndim == 2 else 2, 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(lines)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def imshow(image, cmap="gray", vmin=None, vmax=None, **more):
    """Shows an array: (H, W) in shades of gray, from its smallest value to its largest, or (H, W, 3) in color.

    Args:
        image: the array; colors as whole numbers up to 255, or as floats up to 1.
        cmap: shades of gray, whatever it names; a name that ends with _r turns them round.
        vmin: the value that is black.
        vmax: the value that is white.
        **more: settings that only decorate.
    """
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] in (3, 4):
        colors = image[..., :3]
        pixels = (
            colors if colors.dtype == np.uint8 else np.clip(colors * (255 if colors.dtype.kind == "f" else 1), 0, 255)
        )
    elif image.ndim == 2:
        low = float(image.min()) if vmin is None else vmin
        high = float(image.max()) if vmax is None else vmax
        pixels = np.clip((image - low) / ((high - low) or 1), 0, 1) * 255
        if cmap.endswith("_r"):
            pixels = 255 - pixels
    else:
        raise TypeError(f"Invalid shape {image.shape} for image data: expected (H, W) or (H, W, 3)")
    _figures.append(base64.b64encode(_png(np.ascontiguousarray(pixels.astype(np.uint8)))).decode())


def taken():
    """The pictures that were drawn since this was last called, and forgets them."""
    found = _figures[:]
    _figures.clear()
    return found


def _decorates(*args, **kwargs):
    """Does nothing: there are no axes around a picture here."""


axis = title = figure = show = close = tight_layout = colorbar = _decorates


def __getattr__(name):
    """Says what a page can draw and what it cannot."""
    raise AttributeError(
        f"plt.{name} is not in this page, whose Python shows arrays with plt.imshow and draws nothing else; "
        "download the notebook, and open it in Jupyter"
    )
