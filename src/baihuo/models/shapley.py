"""What each input of any model added to one output: Shapley values, over orders in which inputs become known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def shapley(
    output: Callable[[NDArray[np.bool_]], Floats],
    n_inputs: int,
    *,
    n_orders: int = 32,
    seed: int = 7,
) -> Floats:
    """``[n_inputs]``: what each added, from an output of which nothing is known to that of all; they sum to the difference.

    Args:
        output: ``[cases, n_inputs]``, which inputs are known, to ``[cases]``.
        n_orders: Drawn orders, each of which is also gone backwards: interactions are shared evenly between the first and the last.

    Source: Castro, Gómez and Tejada (2009), "Polynomial calculation of the Shapley value based on sampling"; Mitchell et al. (2022) for
    orders and their reverse.

    >>> weights = np.array([2.0, -1.0, 0.5])
    >>> shapley(lambda known: known @ weights + 3, 3, n_orders=2).round(6).tolist()
    [2.0, -1.0, 0.5]
    """
    rng = np.random.default_rng(seed)
    half = [rng.permutation(n_inputs) for _ in range(n_orders)]
    orders = np.array([order for one in half for order in (one, one[::-1])]).reshape(-1, n_inputs)
    when = np.argsort(orders, axis=1)  # [orders, inputs]: after how many others it becomes known
    known = when[:, None, :] < np.arange(n_inputs + 1)[None, :, None]
    outputs = output(known.reshape(-1, n_inputs)).reshape(len(orders), n_inputs + 1)
    steps = np.diff(outputs, axis=1)
    return np.asarray(np.take_along_axis(steps, when, axis=1).mean(axis=0))
