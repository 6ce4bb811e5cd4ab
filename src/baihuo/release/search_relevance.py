"""Measure whether the learned order of searches loses relevance against the text order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, Query, no_progress
from baihuo.engine import Source, Tables
from baihuo.evaluate import Interval, paired_bootstrap
from baihuo.features import FeatureSet, FeatureState
from baihuo.release.judged_search import (
    MIN_QUERIES,
    SEED,
    JudgedSet,
    PageMaker,
    judged_pages,
    measured,
    search_query,
)
from baihuo.release.replay import MOST_PAGES, read_pages, states_at


@dataclass(frozen=True, slots=True)
class RelevanceGain:
    """nDCG@10 of the learned order minus that of the text order, on the same queries."""

    of: str  # the name of a judged set, or "clicks"
    n: int  # queries, or pages
    learned: float
    text: float
    gain: Interval


@dataclass(frozen=True, slots=True)
class RelevanceMeasure:
    """All possible comparisons; none without judgements and clicks."""

    order: str  # the learned order: "learned:relevance+trees"
    gains: tuple[RelevanceGain, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class TuningMeasure:
    """Searches under the candidate's tuning and under the live one, with the same bundle.

    In :attr:`gains` ``learned`` is the candidate's and ``text`` the live one's.
    """

    gains: Mapping[str, tuple[RelevanceGain, ...]]  # by order of searches; none without judgements
    changes: Mapping[str, Sequence[float | None]]  # name → live, candidate
    held_out: Mapping[str, float] | None = None
    """What choosing it gained on queries that took no part; None: nothing was chosen (an undo)."""


def judged_gain(
    judged: JudgedSet,
    learned: PageMaker,
    text: PageMaker,
    *,
    known: Mapping[str, int],
    at_us: int,
    max_queries: int = 300,
    progress: Progress = no_progress,
) -> RelevanceGain | None:
    """Compare both orders by a new visitor's page of each query.

    Args:
        known, max_queries: As for :func:`judged_queries`.

    Returns:
        None with fewer than ten queries that have a relevant product.
    """
    pages = judged_pages(
        judged, learned, text, known=known, at_us=at_us, max_queries=max_queries, progress=progress
    )
    if pages is None:
        return None
    return _gain(judged.name, pages.reached["ndcg10"], np.arange(len(pages.queries)))


def clicks_gain(
    tables: Tables,
    features: FeatureSet,
    make_rankers: LearnedAndText,
    *,
    events: Source,
    products: Source,
    examples: Path,
    since_us: int,
    progress: Progress = no_progress,
) -> RelevanceGain | None:
    """Replay the newest clicked searches that were not trained on with both orders, and compare their clicks.

    Args:
        make_rankers: Makes the ranker with the learned order and the one with the text order.
        examples: The pages, from :func:`baihuo.train.click_data`.
        since_us: Start of the pages that neither trained nor selected a model.

    Returns:
        None with fewer than ten clicked searches.
    """
    pages = _clicked_searches(examples, since_us=since_us)
    if len(pages) < MIN_QUERIES:
        return None
    reached = np.empty((len(pages), 2))
    moments = [page.query.at_us for page in pages]
    states = states_at(tables, features, moments, events=events, products=products)
    makers: tuple[PageMaker, ...] = ()  # the state is one object, updated in place
    for i, (page, state) in enumerate(zip(pages, states, strict=True)):
        makers = makers or make_rankers(state)
        for system, maker in enumerate(makers):
            ids = [p.product_id for p in maker.page(page.query).page.placed]
            reached[i, system] = measured(ids, page.grades, is_complete=False)["ndcg10"]
        if i % 20 == 0:
            progress("clicks of searches", i, len(pages))
    progress("clicks of searches", len(pages), len(pages))
    _, text_of = np.unique(
        [page.query.query_text.casefold() for page in pages], return_inverse=True
    )
    return _gain("clicks", reached, text_of)


class LearnedAndText(Protocol):
    """Makes both rankers over a past state."""

    def __call__(self, state: FeatureState) -> tuple[PageMaker, PageMaker]: ...


@dataclass(frozen=True, slots=True)
class _ClickedSearch:
    query: Query
    grades: dict[str, int]  # every product of the page; 0: nothing happened


def _clicked_searches(examples: Path, *, since_us: int) -> list[_ClickedSearch]:
    columns = ["query_id", "visitor_id", "product_id", "surface", "query_text", "at_us", "gain"]
    by_page: dict[str, list[dict[str, object]]] = {}
    for row in read_pages(examples, columns, since_us=since_us):
        if row["surface"] == "search" and row["query_text"]:
            by_page.setdefault(row["query_id"], []).append(row)
    clicked = [page for page in by_page.values() if any(row["gain"] for row in page)][-MOST_PAGES:]
    return [
        _ClickedSearch(
            search_query(
                str(page[0]["query_id"]),
                str(page[0]["query_text"]),
                str(page[0]["visitor_id"]),
                int(str(page[0]["at_us"])),
            ),
            {str(row["product_id"]): int(str(row["gain"])) for row in page},
        )
        for page in clicked
    ]


def _gain(name: str, reached: NDArray[np.float64], clusters: NDArray[np.int64]) -> RelevanceGain:
    gained = paired_bootstrap(reached[:, 0], reached[:, 1], seed=SEED, clusters=clusters)
    mean = reached.mean(axis=0)
    return RelevanceGain(name, len(reached), float(mean[0]), float(mean[1]), gained)
