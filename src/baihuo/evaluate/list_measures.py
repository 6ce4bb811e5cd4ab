"""Measure lists of products beyond hits: MRR, coverage, Gini, novelty, diversity, with intervals over visitors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate.bootstrap import Interval, bootstrap_mean
from baihuo.evaluate.catalogue import coverage, diversity_by_list, gini, novelty_by_list
from baihuo.evaluate.ranking import reciprocal_rank_by_group

_N_DRAWS = 100


def list_measures(
    top: NDArray[np.integer[Any]],
    is_hit: NDArray[np.bool_],
    is_wanted: NDArray[np.bool_],
    *,
    n_knew: NDArray[np.int64],
    n_visitors: int,
    kinds: NDArray[np.integer[Any]] | None = None,
    clusters: NDArray[Any] | None = None,
    seed: int,
) -> dict[str, Interval]:
    """Return MRR of visitors with a wanted product, coverage and Gini of all lists, mean novelty and diversity of a list.

    Args:
        top: ``[visitors, places]``, best first.
        is_hit: ``[visitors, places]``, whether the visitor wanted it.
        is_wanted: ``[visitors]``, whether there was a product to find.
        n_knew: ``[products]``, visitors who bought each before, of ``n_visitors``.
        kinds: ``[products]``, the number of the category; None: no diversity.
        clusters: ``[visitors]``, lists drawn together; None: each alone.
    """
    n, k = top.shape
    places = np.tile(np.arange(k, 0, -1.0), n)
    found = reciprocal_rank_by_group(
        is_hit.astype(np.float64).ravel(), places, np.repeat(np.arange(n), k), k=k
    )
    by_list = {
        "mrr": np.where(is_wanted, np.nan_to_num(found), np.nan),
        "novelty": novelty_by_list(top, n_knew, n_visitors),
    }
    if kinds is not None:
        by_list["diversity"] = diversity_by_list(top, kinds)
    measured = {
        name: bootstrap_mean(values, seed=seed, clusters=clusters, n_resamples=500)
        for name, values in by_list.items()
        if not np.isnan(values).all()
    }
    n_products = len(n_knew)
    for name, measure in (("coverage", coverage), ("gini", gini)):
        measured[name] = _bootstrap_interval(top, n_products, measure, seed)
    return measured


def _bootstrap_interval(
    top: NDArray[np.integer[Any]],
    n_products: int,
    measure: Callable[[NDArray[np.int64]], float],
    seed: int,
) -> Interval:
    """Return the value of all lists ± 1.96 standard deviations over drawn visitors: a draw repeats lists, so its own mean would be too
    low."""
    rng, n = np.random.default_rng(seed), len(top)
    value = measure(np.bincount(top.ravel(), minlength=n_products))
    drawn = [
        measure(np.bincount(top[rng.integers(0, n, n)].ravel(), minlength=n_products))
        for _ in range(_N_DRAWS)
    ]
    wide = 1.96 * float(np.std(drawn))
    return Interval(value, max(0.0, value - wide), min(1.0, value + wide))
