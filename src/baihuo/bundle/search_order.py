"""The order of a search in a bundle: a learned relevance in bands, and clicks within a band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle.folder import Bundle, Part
from baihuo.bundle.stored_models import model_parts, open_stored
from baihuo.model_inputs import EVIDENCE_COLUMNS
from baihuo.models import Model, Predictions

RELEVANCE_FOLDER = "relevance"
RELEVANT_WITHIN = 3.0
"""Log-odds below the most relevant product (a twentieth of its odds) from which nothing counts as a good answer."""


@dataclass(frozen=True, slots=True, eq=False)
class SearchOrder:
    """The model of relevance that orders searches, and how wide a band is.

    In a bundle: a folder a model (:mod:`~baihuo.bundle.stored_models`), and ``relevance/order.json``.
    """

    name: str  # of the model
    models: Mapping[str, Model]  # all relevance models
    band_width: float  # in log-odds; 0: relevance alone orders

    @classmethod
    def open(cls, bundle: Bundle) -> SearchOrder | None:
        """Open from a bundle; None if it was trained without searches. Raises: BadInput: this version cannot open its models."""
        if f"{RELEVANCE_FOLDER}/order.json" not in bundle:
            return None
        order = bundle.json(f"{RELEVANCE_FOLDER}/order.json")
        return cls(order["order_by"], open_stored(bundle, "relevance"), float(order["band_width"]))

    def odds(self, evidence: NDArray[np.float32]) -> NDArray[np.float64]:
        """``[n, EVIDENCE_COLUMNS]`` to ``[n]`` log-odds of relevance."""
        return Predictions(self.models, evidence, EVIDENCE_COLUMNS).of(self.name).scores

    def parts(self, report: Mapping[str, Any]) -> dict[str, Part]:
        """Return the bundle parts that :meth:`open` reads."""
        return {
            **model_parts(self.models),
            f"{RELEVANCE_FOLDER}/order.json": {
                "order_by": self.name,
                "band_width": self.band_width,
            },
            f"{RELEVANCE_FOLDER}/report.json": report,
        }


@dataclass(frozen=True, slots=True, eq=False)
class OrderColumns:
    """Sort columns of one search's candidates, ``[n]`` each."""

    odds: NDArray[np.float64]  # log-odds of relevance
    level: NDArray[np.int64]  # of :func:`word_match`
    is_found: NDArray[np.bool_]  # of :func:`word_match`
    category: NDArray[np.integer[Any]]  # code, -1: none
    text: NDArray[np.float64]  # relevance of words and vectors
    clicks: NDArray[np.float64]  # larger is better, on any scale

    def between(self, start: int, stop: int) -> OrderColumns:
        """Return the rows of one of several concatenated searches."""
        return OrderColumns(
            self.odds[start:stop],
            self.level[start:stop],
            self.is_found[start:stop],
            self.category[start:stop],
            self.text[start:stop],
            self.clicks[start:stop],
        )

    def scores(self, band_width: float) -> NDArray[np.float64]:
        """Return ``[n]`` scores of a search, larger first, for trainer and ranker.

        Clicks may only reorder equal matches: matching words, kind, availability, relevance band and category decide before clicks. If no
        word is found, or no product has one, vectors decide, also on the first category.
        """
        odds = _without_words(self.odds, self.level, self.is_found)
        odds = words_first(odds, self.level, band_width=band_width)
        not_found = self.text - (np.ptp(self.text) + np.ptp(self.clicks) + 1.0) if len(odds) else 0
        within = np.where(self.is_found, self.clicks, not_found)
        return banded(odds, within, self.text, self.category, band_width=band_width)


def word_match(
    evidence: NDArray[np.float32], is_for_sale: NDArray[np.bool_], *, is_known: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the match level (missing typed words) of each product, and whether it has any word, ``[n]`` each. The level is 0 for a full
    match, larger is worse, -1 for another kind. It compares the number of missing words, then their idf-weighted share (one part of a
    two-part word may be missing), then whether it has a price (unavailable products are worse), then BM25 in steps of 0.3 of the best: a
    match in a minor field or another sense ("mint" in the model Mintly) has about a third less.
    Products of another kind count as found.

    Args:
        evidence: ``[n, EVIDENCE_COLUMNS]``.
        is_for_sale: ``[n]``, it has a price.
        is_known: every typed word occurs in some product. Otherwise ("thai" where titles have Thailand) no word counts as found, and
            vectors decide.
    """
    missing, coverage, kind, bm25 = (
        evidence[:, EVIDENCE_COLUMNS.index(name)].astype(np.float64)
        for name in ("missing", "coverage", "type_match", "bm25_share")
    )
    is_of_kind = kind >= _OF_THE_KIND
    not_covered = np.round((1.0 - np.clip(coverage, 0.0, 1.0)) * (_SHARES - 1))
    less_found = np.floor((1.0 - np.clip(bm25, 0.0, 1.0)) / _BM25_STEP)
    level = ((missing * _SHARES + not_covered) * 2 + ~is_for_sale) * _BM25_STEPS + less_found
    return np.where(is_of_kind, level, -1).astype(np.int64), ~is_of_kind | (
        is_known & (coverage > 0)
    )


def words_first(
    odds: NDArray[np.float64], level: NDArray[np.int64], *, band_width: float
) -> NDArray[np.float64]:
    """Return ``[n]`` log-odds in which no product of the kind comes before one with more typed words.

    Each level is shifted down so that its best is a band below the level before; its order stays. Other kinds keep their odds.

    Args:
        odds: ``[n]`` of relevance.
        level: ``[n]`` of :func:`word_match`.
        band_width: Of the order, in log-odds.
    """
    floored = np.array(odds, dtype=np.float64)
    floor = np.inf
    for one in np.unique(level[level >= 0]).tolist():
        rows = level == one
        floored[rows] -= max(0.0, float(floored[rows].max()) - floor)
        floor = min(floor, float(floored[rows].min()) - max(band_width, _LEAST_GAP) * _ROUNDING)
    return floored


def _without_words(
    odds: NDArray[np.float64], level: NDArray[np.int64], is_found: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return ``[n]`` log-odds, equal for products of a level without a matching word: their odds only separate categories, which no word
    supports."""
    equal = np.array(odds, dtype=np.float64)
    of_level = np.unique(level[~is_found], return_inverse=True)[1]
    best = np.full(len(of_level), -np.inf)
    np.maximum.at(best, of_level, equal[~is_found])
    equal[~is_found] = best[of_level]
    return equal


_OF_THE_KIND = 0.5  # of ``type_match``
_SHARES = 1_000  # steps of a share of the words
_BM25_STEP, _BM25_STEPS = 0.3, 4  # of the best BM25 of the query
_ROUNDING = 1 + 1e-6  # so that the next level is the next band
_LEAST_GAP = 1e-3  # log-odds, for bands without width


def banded(
    relevance: NDArray[np.float64],
    clicks: NDArray[np.float64],
    text: NDArray[np.float64],
    category: NDArray[np.integer[Any]],
    *,
    band_width: float,
) -> NDArray[np.float64]:
    """Return ``[n]`` scores, larger first: by relevance band, and by ``clicks`` within a category of a band.

    Bands are counted down from the most relevant product of the request, so the best and nearly equal ones share one. Inside, each category
    keeps its positions by relevance and ``text``: words tell the meant category better than sales ("clothes" is not socks because socks are
    clicked). Below
    :data:`RELEVANT_WITHIN` products are poor answers with equal odds, and ``text`` decides instead of clicks.

    Args:
        relevance: ``[n]`` log-odds of relevance.
        clicks: ``[n]``, larger is better, on any scale.
        text: ``[n]``, relevance of words and vectors.
        category: ``[n]`` codes.
        band_width: In log-odds; 0: ``relevance`` alone.
    """
    n = len(relevance)
    if not n or band_width <= 0:
        return np.asarray(relevance, dtype=np.float64)
    band = np.floor((relevance.max() - relevance) / band_width)
    within = np.where(band * band_width < RELEVANT_WITHIN, clicks, text)
    by_words = np.lexsort((-text, -relevance, band))
    places = np.lexsort((np.arange(n), category[by_words], band[by_words]))
    place = np.empty(n, np.int64)
    place[np.lexsort((-within, category, band))] = places
    return np.asarray(-band + (n - 1 - place) / n, dtype=np.float64)
