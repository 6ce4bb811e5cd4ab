"""Whether the learned order of searches loses relevance: compared with the text order of the same index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import Progress, Query, Served, Surface, no_progress
from baihuo.engine import Source, Tables
from baihuo.evaluate import Interval, ndcg_by_query, paired_bootstrap
from baihuo.features import FeatureSet, FeatureState
from baihuo.release.past_states import states_at

DEPTH = 10
MIN_QUERIES = 10  # judged queries; fewer say nothing
_SEED = 7


class PageMaker(Protocol):
    """Anything that makes pages, such as :class:`baihuo.rank.Ranker`."""

    def page(self, query: Query) -> Served: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSet:
    """Queries whose products were graded, none of which the candidate was trained on."""

    name: str  # "judgements" or "judged.parquet"
    grades: Mapping[str, Mapping[str, int]]  # query → product → grade, 0 and up
    is_complete: bool  # True: what is not listed is not relevant; False: nobody looked at it


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
    """Every comparison that was possible; none where the shop has neither judgements nor clicks."""

    order: str  # the learned order: "learned:relevance+trees"
    gains: tuple[RelevanceGain, ...] = field(default=())


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
    """Ask both for a new visitor's page of each query.

    Where the set is not complete, nDCG@10 is the mean of two: over the whole page, and over its judged products alone. The
    pool of judgements came from some order: the first favours orders like it, the second orders unlike it.

    Args:
        known: Products of the index: others cannot be found by either.
        max_queries: The most judged products first: those are known best.

    Returns:
        None with fewer than ten queries that have a relevant product.
    """
    kept = {q: {p: g for p, g in by_id.items() if p in known} for q, by_id in judged.grades.items()}
    texts = sorted(q for q, by_id in kept.items() if any(g > 0 for g in by_id.values()))
    if len(texts) > max_queries:
        chosen = np.random.default_rng(_SEED).choice(len(texts), max_queries, replace=False)
        texts = [texts[i] for i in np.sort(chosen).tolist()]
    if len(texts) < MIN_QUERIES:
        return None
    reached = np.empty((len(texts), 2))
    for i, query_text in enumerate(texts):
        query = _query(f"judged-{i}", query_text, "", at_us)
        for system, maker in enumerate((learned, text)):
            ids = [p.product_id for p in maker.page(query).page.placed]
            reached[i, system] = _ndcg(ids, kept[query_text], is_complete=judged.is_complete)
        if i % 20 == 0:
            progress("relevance of searches", i, len(texts))
    progress("relevance of searches", len(texts), len(texts))
    return _gain(judged.name, reached, np.arange(len(texts)))


def clicks_gain(
    tables: Tables,
    features: FeatureSet,
    make_rankers: LearnedAndText,
    *,
    events: Source,
    products: Source,
    examples: Path,
    max_pages: int = 400,
    progress: Progress = no_progress,
) -> RelevanceGain | None:
    """Make the newest clicked searches again with both orders, as of their moment, and compare what was clicked.

    Args:
        make_rankers: Makes the ranker with the learned order and the one with the text order.
        examples: The pages, from :func:`baihuo.train.click_data`.
        max_pages: How many, newest first.

    Returns:
        None where fewer than ten searches were clicked.
    """
    pages = _clicked_searches(examples, max_pages)
    if len(pages) < MIN_QUERIES:
        return None
    reached = np.empty((len(pages), 2))
    moments = [page.query.at_us for page in pages]
    states = states_at(tables, features, moments, events=events, products=products)
    makers: tuple[PageMaker, ...] = ()  # the state is one object, which moves on
    for i, (page, state) in enumerate(zip(pages, states, strict=True)):
        makers = makers or make_rankers(state)
        for system, maker in enumerate(makers):
            ids = [p.product_id for p in maker.page(page.query).page.placed]
            reached[i, system] = _ndcg(ids, page.grades, is_complete=False)
        if i % 20 == 0:
            progress("clicks of searches", i, len(pages))
    progress("clicks of searches", len(pages), len(pages))
    _, text_of = np.unique(
        [page.query.query_text.casefold() for page in pages], return_inverse=True
    )
    return _gain("clicks", reached, text_of)


class LearnedAndText(Protocol):
    """Makes the two rankers over a state of the past."""

    def __call__(self, state: FeatureState) -> tuple[PageMaker, PageMaker]: ...


@dataclass(frozen=True, slots=True)
class _ClickedSearch:
    query: Query
    grades: dict[str, int]  # every product of the page; 0: nothing happened


def _clicked_searches(examples: Path, max_pages: int) -> list[_ClickedSearch]:
    columns = ["query_id", "visitor_id", "product_id", "surface", "query_text", "at_us", "gain"]
    rows = pq.read_table(examples, columns=columns).to_pylist()
    by_page: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        if row["surface"] == "search" and row["query_text"]:
            by_page.setdefault(row["query_id"], []).append(row)
    clicked = [page for page in by_page.values() if any(row["gain"] for row in page)][-max_pages:]
    return [
        _ClickedSearch(
            _query(
                str(page[0]["query_id"]),
                str(page[0]["query_text"]),
                str(page[0]["visitor_id"]),
                int(str(page[0]["at_us"])),
            ),
            {str(row["product_id"]): int(str(row["gain"])) for row in page},
        )
        for page in clicked
    ]


def _query(query_id: str, query_text: str, visitor_id: str, at_us: int) -> Query:
    return Query(
        query_id=query_id,
        surface=Surface.SEARCH,
        visitor_id=visitor_id,
        at_us=at_us,
        query_text=query_text,
    )


def _ndcg(ids: Sequence[str], grades: Mapping[str, int], *, is_complete: bool) -> float:
    ideal = np.array(sorted((2.0**g - 1 for g in grades.values()), reverse=True))[None]
    whole = _ndcg_of([2.0 ** grades.get(p, 0) - 1 for p in ids], ideal)
    if is_complete:
        return whole
    among = _ndcg_of([2.0 ** grades[p] - 1 for p in ids if p in grades], ideal)
    return (whole + among) / 2


def _ndcg_of(gains: list[float], ideal: NDArray[np.float64]) -> float:
    padded = np.array((gains + [0.0] * DEPTH)[:DEPTH])[None]
    return float(ndcg_by_query(padded, k=DEPTH, ideal=ideal)[0])


def _gain(name: str, reached: NDArray[np.float64], clusters: NDArray[np.int64]) -> RelevanceGain:
    gained = paired_bootstrap(reached[:, 0], reached[:, 1], seed=_SEED, clusters=clusters)
    mean = reached.mean(axis=0)
    return RelevanceGain(name, len(reached), float(mean[0]), float(mean[1]), gained)
