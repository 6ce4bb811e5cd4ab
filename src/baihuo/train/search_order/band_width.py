"""How wide a band of relevance may be: as wide as clicks gain from it, while no relevance is lost."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Any

import numpy as np

from baihuo.evaluate import ndcg_by_group
from baihuo.train.search_order.candidates import Floats, SearchCandidates

WIDTHS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)  # log-odds; 0: relevance alone orders
MOST_LOST = 0.003
"""Kept@10 that a width may lose: three typed words of a thousand, less than pages of another month differ by."""
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class BandWidth:
    """The chosen width, and what every width measured."""

    width: float
    report: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """One order on every page, ``[pages]``."""

    order: str
    ndcg: Floats  # of clicks, NaN: nothing clicked
    kept: Floats  # see :func:`choose_band_width`

    def to_json(self) -> dict[str, Any]:
        return {
            "order": self.order,
            "ndcg10": float(np.nanmean(self.ndcg)),
            "kept10": float(self.kept.mean()),
        }


def choose_band_width(candidates: SearchCandidates) -> BandWidth:
    """The narrowest width that gains what the best gains, among those that keep what was typed.

    Kept@10 is the mean share of the typed words that a product of the top ten has, 0 for one of a category that nobody
    clicked for them: right category alone would let a red shirt stand for a black one. A width keeps what was typed
    where neither it nor a narrower one is below relevance alone and words alone by more than :data:`MOST_LOST`. Of
    those, the narrowest is taken whose nDCG@10 of clicks is not surely below the best.

    Both rules make the choice steady. To refuse whatever measured lower than relevance alone by any amount let the last digit
    decide: 0.0014 of kept@10 refused the narrowest width of one shop, so relevance alone was left, which loses clicks,
    and the gate gave its searches to the words.

    Source of the second rule: Breiman et al. (1984), Classification and Regression Trees, 3.4.3; two standard errors here.
    """
    by_width = [
        _measured(candidates, _by_page(candidates, width), f"bands of {width:g}")
        for width in WIDTHS
    ]
    words = _measured(candidates, candidates.columns.text, "text")
    lowest = min(float(one.kept.mean()) for one in (by_width[0], words)) - MOST_LOST
    allowed = list(takewhile(lambda one: float(one.kept.mean()) >= lowest, by_width))
    best = max(allowed, key=lambda one: float(np.nanmean(one.ndcg)))
    chosen = next(one for one in allowed if _is_as_good(one.ndcg, best.ndcg))
    clicks = _measured(candidates, candidates.columns.clicks, "clicks alone")
    report = [one.to_json() for one in (*by_width, words, clicks)]
    return BandWidth(WIDTHS[by_width.index(chosen)], report)


def _is_as_good(ndcg: Floats, best: Floats) -> bool:
    """Not surely below the best: within two standard errors, paired by page."""
    lost = (best - ndcg)[~np.isnan(best)]
    return float(lost.mean()) <= float(2.0 * lost.std() / np.sqrt(max(len(lost), 1)))


def _by_page(candidates: SearchCandidates, width: float) -> Floats:
    scores = np.empty(len(candidates.page))
    edges = np.flatnonzero(np.diff(candidates.page, prepend=-1, append=-1))
    for start, stop in pairwise(edges.tolist()):
        scores[start:stop] = candidates.columns.between(start, stop).scores(width)
    return scores


def _measured(candidates: SearchCandidates, scores: Floats, order: str) -> _Measured:
    ndcg = ndcg_by_group(candidates.gains, scores, candidates.page, k=_DEPTH)
    order_within = np.lexsort((-scores, candidates.page))
    _, first, number, n_rows = np.unique(
        candidates.page[order_within], return_index=True, return_inverse=True, return_counts=True
    )
    is_top = np.arange(len(scores)) - np.repeat(first, n_rows) < _DEPTH
    kept = (candidates.is_right * candidates.coverage)[order_within]
    n_top = np.bincount(number[is_top], minlength=len(first))
    return _Measured(order, ndcg, np.bincount(number[is_top], kept[is_top]) / n_top)
