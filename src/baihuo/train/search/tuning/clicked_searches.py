"""Clicked searches of the log: gains of products by clicks and examination, and the pages a tuning is checked on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.engine import Source, Tables, sql_file
from baihuo.evaluate import Examination, Interval, bootstrap_mean
from baihuo.index import Generation, SearchTuning, Thresholds
from baihuo.train.search.tuning.judged_queries import JudgedQueries

Floats = NDArray[np.float64]
_PAGES = sql_file(__file__, "clicked_searches")
_PRIOR = 3.0  # impressions at the top without a click, added to each product of a query
_LEAST_EXAMINED, _MOST_WEIGHT = 0.05, 10.0
_MOST_PAGES = 2_000  # that a tuning is checked on, the newest
_CHECKED_SHARE = 0.25
LEAST_CLICKS = 3  # of a query, to learn from


@dataclass(frozen=True, slots=True, eq=False)
class ClickedSearches:
    """Impressions of pages with a click, oldest page first: ``[rows]`` each."""

    text: NDArray[np.object_]  # folded: capitals and spaces aside
    page: NDArray[np.int64]  # 0, 1, …
    visitor: NDArray[np.object_]
    product: NDArray[np.object_]
    position: NDArray[np.int64]
    is_clicked: NDArray[np.bool_]

    @classmethod
    def read(cls, tables: Tables, events: Source) -> ClickedSearches:
        """From the clean events."""
        rows = tables.sql(_PAGES(), events=events)

        def column(name: str) -> NDArray[Any]:
            return np.array(rows.column(name).to_pylist(), dtype=object)

        texts = np.array(
            [" ".join(str(t).casefold().split()) for t in column("query_text")], object
        )
        ids = column("query_id")
        starts = np.r_[True, ids[1:] != ids[:-1]] if len(ids) else np.zeros(0, bool)
        return cls(
            texts,
            np.cumsum(starts) - 1,
            column("visitor_id"),
            column("product_id"),
            column("position").astype(np.int64),
            column("is_clicked").astype(bool),
        )

    def take(self, mask: NDArray[np.bool_]) -> ClickedSearches:
        """The rows where ``mask`` holds."""
        return ClickedSearches(
            self.text[mask],
            self.page[mask],
            self.visitor[mask],
            self.product[mask],
            self.position[mask],
            self.is_clicked[mask],
        )

    def older_and_newer(self) -> tuple[ClickedSearches, ClickedSearches]:
        """The pages to learn from, and the newest quarter, to check on."""
        n_pages = int(self.page[-1]) + 1 if len(self.page) else 0
        is_new = self.page >= n_pages - min(_MOST_PAGES, int(n_pages * _CHECKED_SHARE))
        return self.take(~is_new), self.take(is_new)

    def gains(self, curve: Examination | None) -> dict[str, dict[str, float]]:
        """Query → product → clicks over examined impressions, an estimate of P(click | examined) by self-normalised inverse
        propensity; a product that was shown and never clicked has 0. Queries with fewer than :data:`LEAST_CLICKS` clicks
        teach nothing."""
        shown: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        clicked: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        seen = examination_at(curve, self.position)
        for text, product, examined, is_clicked in zip(
            self.text, self.product, seen, self.is_clicked, strict=True
        ):
            shown[text][product] += examined
            clicked[text][product] += is_clicked
        return {
            text: {p: clicked[text][p] / (n + _PRIOR) for p, n in of.items()}
            for text, of in shown.items()
            if sum(clicked[text].values()) >= LEAST_CLICKS
        }


def examination_at(curve: Examination | None, position: NDArray[Any]) -> Floats:
    """P(examined | position); by the logarithmic discount where the shop has no curve."""
    if curve is None:
        return np.asarray(1.0 / np.log2(1.0 + position), np.float64)
    return np.maximum(curve.at(position), _LEAST_EXAMINED)


def check_on_pages(
    generation: Generation,
    pages: ClickedSearches,
    curve: Examination | None,
    *,
    present: SearchTuning,
    tuned: SearchTuning,
    thresholds: Thresholds,
) -> dict[str, Any]:
    """Expected clicks of logged pages, had each order been shown: a click counts P(examined at its new place) over
    P(examined where it was clicked), at most ten times (position-based inverse propensity, Li et al. 2018). Products
    that were never shown cannot gain, so an order unlike the logged one looks worse than it is.

    Returns:
        ``n_pages``, ``present``, ``tuned`` (clicks a page), and ``gain`` with its interval over visitors; only ``n_pages``
        where fewer than two pages can be asked.
    """
    clicks = pages.take(pages.is_clicked)
    asked = JudgedQueries(
        generation, _as_gains(clicks), thresholds=thresholds
    )  # one gain for each clicked product
    place_of = {
        tuning: [_places(generation, order) for order in asked.orders(tuning)]
        for tuning in (present, tuned)
    }
    number = {text: i for i, text in enumerate(asked.texts)}
    kept = np.array([t in number for t in clicks.text], bool)
    clicks = clicks.take(kept)
    n_pages = len(np.unique(clicks.page))
    if n_pages < 2:
        return {"n_pages": n_pages}
    logged = examination_at(curve, clicks.position)
    worth = {}
    for tuning, places in place_of.items():
        new = np.array(
            [
                places[number[t]].get(p, 10_000)
                for t, p in zip(clicks.text, clicks.product, strict=True)
            ]
        )
        at_new = np.where(new < 10_000, examination_at(curve, new), 0.0)
        _, page = np.unique(clicks.page, return_inverse=True)
        worth[tuning] = np.bincount(page, np.minimum(at_new / logged, _MOST_WEIGHT))
    first = np.unique(clicks.page, return_index=True)[1]
    gain: Interval = bootstrap_mean(
        worth[tuned] - worth[present], seed=7, clusters=clicks.visitor[first].astype(str)
    )
    return {
        "n_pages": n_pages,
        "present": float(worth[present].mean()),
        "tuned": float(worth[tuned].mean()),
        "gain": gain.to_json(),
    }


def _as_gains(clicks: ClickedSearches) -> Mapping[str, Mapping[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for text, product in zip(clicks.text, clicks.product, strict=True):
        found[text][product] = 1.0
    return found


def _places(generation: Generation, order: NDArray[np.int32]) -> dict[str, int]:
    first = order[:100]
    return {str(p): i for i, p in enumerate(generation.product_ids[first], start=1)}
