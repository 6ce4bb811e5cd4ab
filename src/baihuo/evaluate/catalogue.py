"""How lists cover a catalogue: coverage, Gini, novelty, diversity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def coverage(exposures: NDArray[Any]) -> float:
    """Share of the catalogue that was shown at all: 1.0 is every product.

    Args:
        exposures: ``[products]``, how often each was shown, of the whole catalogue.

    Raises:
        ValueError: there is no product, or a count is negative or NaN.
    """
    return float((_counts(exposures) > 0).mean())


def gini(exposures: NDArray[Any]) -> float:
    """Inequality of what was shown: 0.0 shows every product as often, towards 1.0 one product has it all.

    Arguments and errors as in :func:`coverage`; NaN where nothing was shown.

    Source: Gini (1912); Fleder and Hosanagar (2009) for recommendations.
    """
    counts = np.sort(_counts(exposures))
    if not counts.sum():
        return float("nan")
    n = len(counts)
    return float((2 * np.arange(1, n + 1) - n - 1) @ counts / (n * counts.sum()))


def novelty_by_list(
    lists: NDArray[np.integer[Any]], n_knew: NDArray[Any], n_visitors: int
) -> Floats:
    """Mean surprise of each list in bits: a product that one visitor in 1,024 knew counts 10.

    Args:
        lists: ``[lists, places]``, product numbers; -1 is an empty place.
        n_knew: ``[products]``, visitors who bought or saw each before.
        n_visitors: All visitors. An unknown product counts as known by half a visitor.

    Returns:
        ``[lists]``; NaN of an empty list.

    Source: Zhou et al. (2010), self-information; Vargas and Castells (2011).
    """
    share = np.maximum(np.asarray(n_knew, dtype=np.float64), 0.5) / n_visitors
    surprise = -np.log2(np.minimum(share, 1.0))
    return _mean_of_lists(np.where(lists >= 0, surprise[np.maximum(lists, 0)], np.nan))


def diversity_by_list(lists: NDArray[np.integer[Any]], kinds: NDArray[np.integer[Any]]) -> Floats:
    """Share of the pairs of each list that are of different kinds: 1.0 repeats no kind, 0.0 has one.

    Args:
        lists: ``[lists, places]``, product numbers; -1 is an empty place.
        kinds: ``[products]``, such as the number of the category.

    Returns:
        ``[lists]``; NaN of a list with fewer than two products.

    Source: intra-list distance of Ziegler et al. (2005), with distance 1 between kinds.
    """
    placed = np.where(lists >= 0, kinds[np.maximum(lists, 0)].astype(np.float64), np.nan)
    n = (~np.isnan(placed)).sum(axis=1)
    same = np.zeros(len(placed))
    for first in range(placed.shape[1]):
        same += (placed[:, first + 1 :] == placed[:, first, None]).sum(axis=1)
    pairs = n * (n - 1) / 2.0
    varied = np.full(len(placed), np.nan)
    np.divide(pairs - same, pairs, out=varied, where=pairs > 0)
    return varied


def _mean_of_lists(values: Floats) -> Floats:
    n = (~np.isnan(values)).sum(axis=1)
    mean = np.full(len(values), np.nan)
    np.divide(np.nansum(values, axis=1), n, out=mean, where=n > 0)
    return mean


def _counts(exposures: NDArray[Any]) -> Floats:
    counts = np.asarray(exposures, dtype=np.float64)
    if not len(counts) or not (counts >= 0).all():
        raise ValueError("exposures of no product, or a count that is negative or NaN")
    return counts
