"""Small helpers with which questions draw their inputs: signed, unequal, and telling ideas apart."""

from __future__ import annotations

import numpy as np

from autograde.questions.model import Rng


def signed(rng: Rng, *shape: int) -> np.ndarray:
    """Float64 values of both signs, none near 0 and none repeated: sums differ wherever the indices do.

    Args:
        rng: source of randomness.
        *shape: shape of the result.

    Returns:
        array of `shape`, magnitudes between 0.5 and 2.
    """
    return rng.uniform(0.5, 2.0, shape) * rng.choice([-1.0, 1.0], shape)


def whole(rng: Rng, *shape: int, low: int = -9, high: int = 9) -> np.ndarray:
    """Whole numbers (int64) from `low` to `high`, zero left out."""
    values = rng.integers(low, high, shape, endpoint=True)
    return np.where(values == 0, high, values)
