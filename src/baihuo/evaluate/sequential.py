"""Confidence sequences: intervals that stay valid however often a growing sample is checked."""

from __future__ import annotations

import numpy as np


def sequence_multiplier(n: float, *, n_first: float, error_rate: float) -> float:
    """Return the half-width of a confidence sequence after ``n`` observations, in standard errors. With the usual 1.96, repeated checks of
    a correct value raise an alarm sooner or later; with this one they ever do with probability ``error_rate``.

    Args:
        n: Observations so far, above 0.
        n_first: Observations at the first check: narrowest soon after it.
        error_rate: Between 0 and 1.

    Raises:
        ValueError: an argument is out of range.

    Source: Waudby-Smith et al. (2021), Time-uniform central limit theory and asymptotic confidence sequences, equations 5 and 10
    (Robbins' normal mixture).
    """
    if not (n > 0 and n_first > 0 and 0 < error_rate < 1):
        raise ValueError(f"n is {n}, n_first {n_first}, error_rate {error_rate}: out of range")
    doubled = -2 * np.log(error_rate)
    rho_squared = (doubled + np.log(doubled + 1)) / (2 * n_first)
    grown = n * rho_squared + 1
    return float(np.sqrt(2 * grown / (n * rho_squared) * np.log(np.sqrt(grown) / error_rate)))
