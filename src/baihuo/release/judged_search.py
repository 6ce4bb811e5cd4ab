"""Evaluate two orders on judged searches: right@10 and nDCG@10 of each, and the best possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, Query, Served, Surface, no_progress
from baihuo.evaluate import Interval, ndcg_by_query, paired_bootstrap

DEPTH = 10
MIN_QUERIES = 10  # judged queries; fewer are not significant
RIGHT = 2  # grades from here on are right answers
SEED = 7
MEASURES = ("right_at_10", "ndcg10")


class PageMaker(Protocol):
    """Anything that makes pages, such as :class:`baihuo.rank.Ranker`."""

    def page(self, query: Query) -> Served: ...


class Finder(Protocol):
    """The ids of all products that a search finds, in any order."""

    def __call__(self, query: Query) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSet:
    """Queries with graded products, which the candidate was not trained on."""

    name: str  # "judgements" or "judged.parquet"
    grades: Mapping[str, Mapping[str, int]]  # query → product → grade, 0 and up
    is_complete: bool  # True: unlisted products are not relevant; False: unknown


@dataclass(frozen=True, slots=True)
class JudgedPages:
    """Results by measure: ``[queries, 2]``, learned and text order.

    A query without a right product (grade 2 and up) has NaN for right@10.
    """

    queries: tuple[str, ...]
    reached: Mapping[str, NDArray[np.float64]]  # of MEASURES


@dataclass(frozen=True, slots=True)
class JudgedComparison:
    """One measure of one judged set; ``best`` is that of the ideal order of the products found."""

    of: str  # the name of the judged set
    measure: str
    n: int  # queries
    words: float
    learned: float
    gain: Interval  # learned minus words, paired
    best: float | None = None  # None: unknown, not all products were judged

    def to_json(self) -> dict[str, Any]:
        """As ``baihuo evaluate --json`` prints it."""
        shown = {
            name: getattr(self, name) for name in ("of", "measure", "n", "words", "learned", "best")
        }
        return {**shown, "learned_minus_words": self.gain.to_json()}


def judged_queries(
    judged: JudgedSet, *, known: Mapping[str, int], max_queries: int = 300
) -> dict[str, dict[str, int]]:
    """Return the queries with a relevant product, and the grades of indexed products.

    Args:
        known: Products of the index: only these can be found.
        max_queries: Draw at most so many, always the same ones.
    """
    kept = {q: {p: g for p, g in by_id.items() if p in known} for q, by_id in judged.grades.items()}
    texts = sorted(q for q, by_id in kept.items() if any(g > 0 for g in by_id.values()))
    if len(texts) > max_queries:
        chosen = np.random.default_rng(SEED).choice(len(texts), max_queries, replace=False)
        texts = [texts[i] for i in np.sort(chosen).tolist()]
    return {text: kept[text] for text in texts}


def judged_pages(
    judged: JudgedSet,
    learned: PageMaker,
    text: PageMaker,
    *,
    known: Mapping[str, int],
    at_us: int,
    max_queries: int = 300,
    progress: Progress = no_progress,
) -> JudgedPages | None:
    """Make a new visitor's page of each query in both orders.

    Where the set is not complete, a measure is the mean of two: over the whole page, and over its judged products alone. The first favours
    orders like that which produced the pool of judgements, the second those unlike it.

    Args:
        known, max_queries: As for :func:`judged_queries`.

    Returns:
        None with fewer than ten queries that have a relevant product.
    """
    kept = judged_queries(judged, known=known, max_queries=max_queries)
    if len(kept) < MIN_QUERIES:
        return None
    reached = {measure: np.empty((len(kept), 2)) for measure in MEASURES}
    for i, (query_text, grades) in enumerate(kept.items()):
        query = search_query(f"judged-{i}", query_text, "", at_us)
        for system, maker in enumerate((learned, text)):
            ids = [p.product_id for p in maker.page(query).page.placed]
            for measure, value in measured(ids, grades, is_complete=judged.is_complete).items():
                reached[measure][i, system] = value
        if i % 20 == 0:
            progress("relevance of searches", i, len(kept))
    progress("relevance of searches", len(kept), len(kept))
    return JudgedPages(tuple(kept), reached)


def compare_judged(
    judged: JudgedSet,
    learned: PageMaker,
    text: PageMaker,
    found: Finder,
    *,
    known: Mapping[str, int],
    at_us: int,
    progress: Progress = no_progress,
) -> list[JudgedComparison]:
    """Compare both orders by both measures, with the interval of their difference, and the best possible of a complete set.

    Returns:
        Nothing with fewer than ten queries that have a relevant product.
    """
    pages = judged_pages(judged, learned, text, known=known, at_us=at_us, progress=progress)
    if pages is None:
        return []
    best: dict[str, float] = {}
    if judged.is_complete:
        kept = judged_queries(judged, known=known)
        ideal = [_best_page(q, kept[q], found, at_us) for q in pages.queries]
        best = {m: float(np.nanmean([one[m] for one in ideal])) for m in MEASURES}
    lines = []
    for measure, reached in pages.reached.items():
        if np.isnan(reached).all():
            continue  # no query has a right product
        gain = paired_bootstrap(reached[:, 0], reached[:, 1], seed=SEED)
        ours, theirs = np.nanmean(reached, axis=0).tolist()
        n = int((~np.isnan(reached[:, 0])).sum())
        lines.append(
            JudgedComparison(judged.name, measure, n, theirs, ours, gain, best.get(measure))
        )
    return lines


def measured(
    ids: Sequence[str], grades: Mapping[str, int], *, is_complete: bool
) -> dict[str, float]:
    """Return both measures of a page, from its ids, top first."""
    pages = [[grades.get(p, 0) for p in ids]]
    if not is_complete:
        pages.append([grades[p] for p in ids if p in grades])
    return {
        "right_at_10": float(np.mean([_right_at_10(page, grades) for page in pages])),
        "ndcg10": float(np.mean([_ndcg(page, grades) for page in pages])),
    }


def search_query(query_id: str, query_text: str, visitor_id: str, at_us: int) -> Query:
    """Build the gate's query for a search."""
    return Query(
        query_id=query_id,
        surface=Surface.SEARCH,
        visitor_id=visitor_id,
        at_us=at_us,
        query_text=query_text,
    )


def _best_page(
    query_text: str, grades: Mapping[str, int], found: Finder, at_us: int
) -> dict[str, float]:
    ids = found(search_query("best", query_text, "", at_us))
    best = sorted(ids, key=lambda p: -grades.get(p, 0))[:DEPTH]
    return measured(best, grades, is_complete=True)


def _right_at_10(page: Sequence[int], grades: Mapping[str, int]) -> float:
    n_right = sum(g >= RIGHT for g in grades.values())
    return sum(g >= RIGHT for g in page[:DEPTH]) / min(DEPTH, n_right) if n_right else np.nan


def _ndcg(page: Sequence[int], grades: Mapping[str, int]) -> float:
    ideal = np.array(sorted((2.0**g - 1 for g in grades.values()), reverse=True))[None]
    gains = ([2.0**g - 1 for g in page] + [0.0] * DEPTH)[:DEPTH]
    return float(ndcg_by_query(np.array(gains)[None], k=DEPTH, ideal=ideal)[0])
