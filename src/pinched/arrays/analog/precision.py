"""How precise a product is."""

import numpy as np


def relative_error(found, exact) -> float:
    """Root mean square of the error over that of the exact values."""
    return float(np.sqrt(np.mean((np.asarray(found) - exact) ** 2) / np.mean(np.square(exact))))


def effective_bits(found, exact) -> float:
    """Bits of the ideal converter over the range of the exact values whose quantisation error is as large.

    log2(range / (√12 rms error)): a step of range/2^b, uniformly rounded, has an rms error of step/√12.
    """
    error = np.sqrt(np.mean((np.asarray(found) - exact) ** 2))
    return float(np.log2(np.ptp(exact) / (np.sqrt(12) * error))) if error > 0 else np.inf
