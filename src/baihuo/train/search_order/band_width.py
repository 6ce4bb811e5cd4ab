"""How wide a band of relevance may be: as wide as clicks gain from it, while no relevance is lost."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Any

import numpy as np

from baihuo.bundle import banded, words_first
from baihuo.evaluate import ndcg_by_group
from baihuo.train.search_order.candidates import Floats, SearchCandidates

WIDTHS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)  # log-odds; 0: relevance alone orders
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class BandWidth:
    """The chosen width, and what every width measured."""

    width: float
    report: list[dict[str, Any]]


def choose_band_width(candidates: SearchCandidates) -> BandWidth:
    """The width with the best nDCG@10 of clicks among those that keep what was typed.

    Kept@10 is the mean share of the typed words that a product of the top ten has, 0 for one of a category that nobody
    clicked for them: right category alone would let a red shirt stand for a black one. The order by relevance alone is what
    it must not fall below, at this width and at every narrower one.
    """
    measured = []
    for width in WIDTHS:
        scores = _by_page(candidates, width)
        measured.append(_measures(candidates, scores, f"bands of {width:g}"))
    lowest = measured[0]["kept10"]
    # Past the first width that loses something, a wider one that seems to lose nothing is chance.
    allowed = list(takewhile(lambda i: measured[i]["kept10"] >= lowest, range(len(measured))))
    best = max(allowed, key=lambda i: measured[i]["ndcg10"])
    beside = [
        _measures(candidates, candidates.text, "text"),
        _measures(candidates, candidates.clicks, "clicks alone"),
    ]
    return BandWidth(WIDTHS[best], measured + beside)


def _by_page(candidates: SearchCandidates, width: float) -> Floats:
    scores = np.empty(len(candidates.page))
    edges = np.flatnonzero(np.diff(candidates.page, prepend=-1, append=-1))
    for start, stop in pairwise(edges.tolist()):
        odds = words_first(
            candidates.relevance[start:stop], candidates.lacking[start:stop], band_width=width
        )
        scores[start:stop] = banded(
            odds,
            candidates.clicks[start:stop],
            candidates.text[start:stop],
            band_width=width,
        )
    return scores


def _measures(candidates: SearchCandidates, scores: Floats, order: str) -> dict[str, Any]:
    ndcg = ndcg_by_group(candidates.gains, scores, candidates.page, k=_DEPTH)
    order_within = np.lexsort((-scores, candidates.page))
    _, first, n_rows = np.unique(
        candidates.page[order_within], return_index=True, return_counts=True
    )
    rank = np.arange(len(scores)) - np.repeat(first, n_rows)
    is_top = rank < _DEPTH
    kept = (candidates.is_right * candidates.coverage)[order_within][is_top]
    return {"order": order, "ndcg10": float(np.nanmean(ndcg)), "kept10": float(kept.mean())}
