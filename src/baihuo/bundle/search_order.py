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
    models: Mapping[str, Model]  # all that learned relevance
    band_width: float  # in log-odds; 0: relevance alone orders

    @classmethod
    def open(cls, bundle: Bundle) -> SearchOrder | None:
        """From a bundle; None where it was trained without searches.

        Raises:
            BadInput: this version cannot open its models; the error says what to do.
        """
        if f"{RELEVANCE_FOLDER}/order.json" not in bundle:
            return None
        order = bundle.json(f"{RELEVANCE_FOLDER}/order.json")
        return cls(order["order_by"], open_stored(bundle, "relevance"), float(order["band_width"]))

    def odds(self, evidence: NDArray[np.float32]) -> NDArray[np.float64]:
        """``[n, EVIDENCE_COLUMNS]`` to ``[n]`` log-odds of relevance."""
        return Predictions(self.models, evidence, EVIDENCE_COLUMNS).of(self.name).scores

    def parts(self, report: Mapping[str, Any]) -> dict[str, Part]:
        """What :meth:`open` reads, as parts of a bundle."""
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
    """What orders the candidates of one search, ``[n]`` each."""

    odds: NDArray[np.float64]  # log-odds of relevance
    level: NDArray[np.int64]  # of :func:`word_match`
    is_found: NDArray[np.bool_]  # of :func:`word_match`
    category: NDArray[np.integer[Any]]  # code, -1: none
    text: NDArray[np.float64]  # relevance of words and vectors
    clicks: NDArray[np.float64]  # larger is better, on any scale

    def between(self, start: int, stop: int) -> OrderColumns:
        """The rows of one search, where several stand one after the other."""
        return OrderColumns(
            self.odds[start:stop],
            self.level[start:stop],
            self.is_found[start:stop],
            self.category[start:stop],
            self.text[start:stop],
            self.clicks[start:stop],
        )

    def scores(self, band_width: float) -> NDArray[np.float64]:
        """``[n]``, larger first: the order of a search, for trainer and ranker.

        What the words say is equal may be ordered by clicks, and nothing else: the typed words that are met, the kind, whether
        it can be bought, the band of relevance, and the category stay as they are without clicks. Where none of the words is
        found, or no product has one of them, only vectors know what was meant, and they decide, also which category stands first.
        """
        odds = _without_words(self.odds, self.level, self.is_found)
        odds = words_first(odds, self.level, band_width=band_width)
        not_found = self.text - (np.ptp(self.text) + np.ptp(self.clicks) + 1.0) if len(odds) else 0
        within = np.where(self.is_found, self.clicks, not_found)
        return banded(odds, within, self.text, self.category, band_width=band_width)


def word_match(
    evidence: NDArray[np.float32], is_for_sale: NDArray[np.bool_], *, is_known: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """How much a product of the kind lacks of what was typed, and whether any word was found in it, ``[n]`` each.

    The level is 0 where nothing is lacking, larger is worse, -1 for another kind. First counts how many typed words are missing,
    then their share weighted by idf (of a word of two parts, one may be missing), then whether it has a price (what
    nobody can buy is a worse answer than its equal), then BM25 in steps of 0.3 of the best: a word that is found in a lesser
    field or in another sense ("mint" in the model Mintly) has about a third less.
    Products of another kind count as found.

    Args:
        evidence: ``[n, EVIDENCE_COLUMNS]``.
        is_for_sale: ``[n]``, it has a price.
        is_known: products have every typed word. What "thai" means where titles say Thailand, only vectors know: then no word
            counts as found.
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
    """``[n]`` log-odds with which no product of the kind stands before one that has more of the typed words.

    Products of a level are lowered together, by what brings the best of them a band below all of the level before, so
    their own order stays. Products of other kinds keep their odds: some have every word and are something else.

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
    """``[n]`` log-odds in which products of a level without a found word are equal: their odds tell categories apart, and
    which of several was meant no word has said."""
    equal = np.array(odds, dtype=np.float64)
    of_level = np.unique(level[~is_found], return_inverse=True)[1]
    best = np.full(len(of_level), -np.inf)
    np.maximum.at(best, of_level, equal[~is_found])
    equal[~is_found] = best[of_level]
    return equal


_OF_THE_KIND = 0.5  # of ``type_match``
_SHARES = 1_000  # steps of a share of the words
_BM25_STEP, _BM25_STEPS = 0.3, 4  # of the best BM25 of the query
_ROUNDING = 1 + 1e-6  # so that a band below is the next band
_LEAST_GAP = 1e-3  # log-odds, where bands have no width


def banded(
    relevance: NDArray[np.float64],
    clicks: NDArray[np.float64],
    text: NDArray[np.float64],
    category: NDArray[np.integer[Any]],
    *,
    band_width: float,
) -> NDArray[np.float64]:
    """``[n]``, larger first: the band of the relevance, and ``clicks`` decide inside a band which product of a category.

    Bands are counted down from the most relevant product of the request, so the best and all that are nearly as
    good always share one. Inside, a category keeps the places that relevance and then ``text`` give it: which of several
    kinds was meant, words know better than what sells ("clothes" is not socks because socks are clicked). Below
    :data:`RELEVANT_WITHIN` nothing is a good answer, many have equal odds, and ``text`` decides instead: what is clicked
    most is no better there.

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
