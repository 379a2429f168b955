"""Asks `conv2d_strided_view`, and says where its memory did not last: whether it copies the windows.

The limit is set outside, before any of the student's code runs (the question's `memory_mib`): a copy of the large
case's windows does not fit, whatever is said here. What is watched here names the idea, also where nothing is limited.
"""

import math
import tracemalloc

MANY_BYTES = 100_000_000


def ask(student, x, weight, *args, **kwargs):
    """The answer, or that a third of the windows' bytes was taken: between any copy (float32 too) and a view."""
    windows = 8 * math.prod(weight.shape[1:]) * (x.shape[2] - weight.shape[2]) * (x.shape[3] - weight.shape[3])
    tracemalloc.start()
    try:
        y = student(x, weight, *args, **kwargs)
        copies = windows > MANY_BYTES and 3 * tracemalloc.get_traced_memory()[1] > windows
    except MemoryError:
        copies = True
    finally:
        tracemalloc.stop()
    return {"y": None if copies else y, "copies_the_windows": copies}
