"""Asks `conv2d_strided_view`, and watches the memory: whether it copies the windows."""

import math
import tracemalloc

import numpy as np

MANY_BYTES = 1_000_000


def ask(student, x, weight, *args, **kwargs):
    """The answer, and whether a third of the windows' bytes was taken: between any copy (float32 too) and a view."""
    tracemalloc.start()
    try:
        y = student(x, weight, *args, **kwargs)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    n, _, *places = np.shape(y) if np.ndim(y) == 4 else (0, 0)
    windows = 8 * n * math.prod(places) * math.prod(weight.shape[1:])
    return {"y": y, "copies_the_windows": windows > MANY_BYTES and 3 * peak > windows}
