"""Candidates for columns: how near a product is to what the visitor searched for before this page."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.index import Generation
from baihuo.train.clicks.data import ClickData
from suites.recent_searches.history import PastSearches

Floats: TypeAlias = NDArray[np.float32]
COLUMNS = (
    "searched_week",  # cosine with the mean of the vectors, half after 7 days
    "searched_hour",  # half after an hour
    "searched_last",  # cosine with the last search
    "searched_best",  # the largest cosine with any
    "searched_ago",  # log of 1 + hours since the last
)
_HALF_LIVES_HOURS = ((0, 168.0), (1, 1.0))
_HOUR_US = 3_600_000_000


class QueryVectors:
    """Vectors of texts, each in the space of its script, encoded once."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self._known: dict[str, tuple[str, Floats]] = {}

    def of(self, text: str) -> tuple[str, Floats]:
        """Name of the encoder, and ``[dim]``."""
        if text not in self._known:
            encoder = self.generation.encoders.for_text(text)
            self._known[text] = encoder.name, np.asarray(encoder.encode([text])[0], np.float32)
        return self._known[text]


def searched(
    vectors: QueryVectors,
    rows: NDArray[np.int32],
    texts: list[str],
    ages_hours: Floats,
) -> Floats:
    """``[rows, COLUMNS]``; NaN without searches, and for products without text in their script.

    Where somebody searched in two scripts, the means of both count by the weights of their searches.
    """
    out = np.full((len(rows), len(COLUMNS)), np.nan, np.float32)
    if not texts:
        return out
    known = [vectors.of(text) for text in texts]
    cosines = np.zeros((len(texts), len(rows)), np.float32)
    has = np.zeros((len(texts), len(rows)), np.bool_)
    means: dict[int, tuple[Floats, Floats]] = {}
    for column, _ in _HALF_LIVES_HOURS:
        means[column] = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    for name in {one for one, _ in known}:
        at = [i for i, (one, _) in enumerate(known) if one == name]
        queries = np.stack([known[i][1] for i in at])
        products = vectors.generation.vectors(name)[rows]
        there = np.linalg.norm(products, axis=1) > 0
        cosines[at], has[at] = queries @ products.T, there
        for column, half_life in _HALF_LIVES_HOURS:
            # relative to the newest, so that weights do not vanish
            weights = np.exp2(-(ages_hours[at] - ages_hours[0]) / np.float32(half_life))
            mean = weights @ queries
            length = float(np.linalg.norm(mean)) or 1.0
            sums, total = means[column]
            sums += there * weights.sum() * (products @ (mean / length))
            total += there * weights.sum()
    for column, (sums, total) in means.items():
        np.divide(sums, total, out=out[:, column], where=total > 0)
    out[:, 2] = np.where(has[0], cosines[0], np.nan)
    best = np.where(has, cosines, -np.inf).max(axis=0)
    out[:, 3] = np.where(np.isfinite(best), best, np.nan)
    out[:, 4] = np.log1p(ages_hours[0])
    return out


def columns_of(data: ClickData, past: PastSearches, generation: Generation) -> Floats:
    """``[examples, COLUMNS]`` of the pages of the past."""
    vectors = QueryVectors(generation)
    out = np.full((len(data.index_rows), len(COLUMNS)), np.nan, np.float32)
    page = data.rows.page
    starts = np.flatnonzero(np.r_[True, np.diff(page) != 0])
    stops = np.r_[starts[1:], len(page)]
    first = data.examples.take(pa.array(starts)).to_pylist()
    for start, stop, one in zip(starts.tolist(), stops.tolist(), first, strict=True):
        texts, at_us = past.before(one["visitor_id"], one["at_us"], but=one["query_text"] or "")
        ages = ((one["at_us"] - at_us) / _HOUR_US).astype(np.float32)
        out[start:stop] = searched(vectors, data.index_rows[start:stop], texts, ages)
    return out
