"""Measure whether click models put clicked products first on home and similar pages, and keep similar products similar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, Query, Surface, no_progress
from baihuo.engine import Source, Tables
from baihuo.evaluate import ndcg_by_query, paired_bootstrap
from baihuo.features import FeatureState
from baihuo.index import Generation
from baihuo.rank import NO_EXPLORATION, Ranker
from baihuo.release.replay import MOST_PAGES, read_pages, states_at
from baihuo.release.search_relevance import RelevanceGain

RECOMMENDATIONS = (Surface.HOME, Surface.SIMILAR)
DEPTH = 10
MIN_PAGES = 10  # fewer clicked pages are not significant
_SEED = 7


@dataclass(frozen=True, slots=True)
class RecommendationGain:
    """One surface in its learned order, and in the order without click models."""

    surface: Surface
    clicks: RelevanceGain  # nDCG@10 of clicked pages
    same_category: (
        RelevanceGain | None
    )  # similar pages: share of the top ten in the product's category


@dataclass(frozen=True, slots=True)
class _ClickedPage:
    query: Query
    earned: Mapping[str, float]  # every product of the page: 2 ** grade - 1


def recommendation_gains(
    tables: Tables,
    ranker: Ranker,
    *,
    events: Source,
    products: Source,
    examples: Path,
    since_us: int,
    progress: Progress = no_progress,
) -> dict[Surface, RecommendationGain | None]:
    """Replay the newest clicked pages that were not trained on, with and without the click models of each surface.

    nDCG@10 is over the products of the logged page alone, in the order in which they come: others may or may not have been clicked, and
    counting them as not clicked favours the logged order. So nDCG does not show what an order puts above the logged products; on similar
    pages the category measures that.

    Args:
        ranker: Of the candidate.
        examples: The pages, from :func:`baihuo.train.click_data`.
        since_us: Start of the pages that neither trained nor selected a model.

    Returns:
        None for a surface with fewer than ten clicked pages.
    """
    if ranker.clicks is None or not examples.exists():
        return {}
    surfaces = [surface for surface in RECOMMENDATIONS if ranker.clicks.orders(surface)]
    pages = _clicked_pages(
        examples,
        surfaces,
        known=ranker.generation.row_of,
        since_us=since_us,
    )
    moments = [page.query.at_us for page in pages]
    reached = np.empty((len(pages), 2, 2))  # learned and plain; clicks and category
    makers: tuple[Ranker, ...] = ()  # the state is one object, updated in place
    states = states_at(tables, ranker.state.features, moments, events=events, products=products)
    for i, (page, state) in enumerate(zip(pages, states, strict=True)):
        makers = makers or tuple(_with_order(ranker, state, o) for o in ("learned", "fused"))
        for system, maker in enumerate(makers):
            rows = maker.run(maker.context(page.query)).candidates.rows  # to the last position
            ids = ranker.generation.product_ids[rows].tolist()
            share = _same_category(ranker.generation, page.query.product_id, ids)
            reached[i, system] = _ndcg(ids, page.earned), share
        if i % 20 == 0:
            progress("clicks of recommendations", i, len(pages))
    return {surface: _gain(pages, reached, surface) for surface in surfaces}


def _with_order(ranker: Ranker, state: FeatureState, order: str) -> Ranker:
    """Return this ranker over another state, without exploration."""
    return Ranker(
        ranker.bundle,
        ranker.generation,
        state,
        exploration=NO_EXPLORATION,
        order_switches=dict.fromkeys(RECOMMENDATIONS, order),
    )


def _clicked_pages(
    examples: Path,
    surfaces: Sequence[Surface],
    *,
    known: Mapping[str, int],
    since_us: int,
) -> list[_ClickedPage]:
    """Yield clicked pages, oldest first, without similar pages of deleted products."""
    columns = ["query_id", "visitor_id", "product_id", "surface", "anchor_id", "at_us", "gain"]
    by_page: dict[Surface, dict[str, list[dict[str, Any]]]] = {s: {} for s in surfaces}
    for row in read_pages(examples, columns, since_us=since_us):
        if row["surface"] in surfaces:
            by_page[Surface(row["surface"])].setdefault(row["query_id"], []).append(row)
    pages = []
    for surface, of_surface in by_page.items():
        clicked = [
            page
            for page in of_surface.values()
            if any(row["gain"] for row in page)
            and (surface is Surface.HOME or page[0]["anchor_id"] in known)
        ]
        pages += [_page(surface, page) for page in clicked[-MOST_PAGES:]]
    return sorted(pages, key=lambda page: page.query.at_us)


def _page(surface: Surface, rows: Sequence[Mapping[str, Any]]) -> _ClickedPage:
    first = rows[0]
    query = Query(
        query_id=first["query_id"],
        surface=surface,
        visitor_id=first["visitor_id"],
        at_us=first["at_us"],
        product_id=first["anchor_id"] if surface is Surface.SIMILAR else None,
    )
    return _ClickedPage(query, {row["product_id"]: 2.0 ** row["gain"] - 1 for row in rows})


def _ndcg(ids: Sequence[str], earned: Mapping[str, float]) -> float:
    """nDCG@10 of the logged products, in the order of ``ids``; missing ones count as last, with no gain."""
    gains = np.zeros((1, DEPTH))
    found = [earned[product_id] for product_id in ids if product_id in earned][:DEPTH]
    gains[0, : len(found)] = found
    ideal = np.array([sorted(earned.values(), reverse=True)])
    return float(ndcg_by_query(gains, k=DEPTH, ideal=ideal)[0])


def _same_category(generation: Generation, product_id: str | None, ids: Sequence[str]) -> float:
    """Return the share of the top ten in the anchor's category; NaN without a product or category to compare with."""
    code = generation.category_code[generation.row_of[product_id]] if product_id else -1
    if code < 0:
        return float("nan")
    rows = [generation.row_of[i] for i in ids[:DEPTH]]
    return float((generation.category_code[rows] == code).sum() / DEPTH)


def _gain(
    pages: Sequence[_ClickedPage], reached: NDArray[np.float64], surface: Surface
) -> RecommendationGain | None:
    is_asked = np.array([page.query.surface is surface for page in pages], np.bool_)
    if is_asked.sum() < MIN_PAGES:
        return None
    visitors = np.array([page.query.visitor_id for page in pages])
    clicks, category = (
        _compared(reached[..., m], is_asked, visitors, str(surface)) for m in (0, 1)
    )
    if clicks is None:
        return None
    return RecommendationGain(surface, clicks, category)


def _compared(
    reached: NDArray[np.float64],
    is_asked: NDArray[np.bool_],
    visitors: NDArray[np.str_],
    surface: str,
) -> RelevanceGain | None:
    """Return learned minus plain with an interval over visitors; None if nothing was measured."""
    kept = is_asked & ~np.isnan(reached).any(axis=1)
    if not kept.any():
        return None
    values = reached[kept]
    visitor = np.unique(visitors[kept], return_inverse=True)[1]
    gained = paired_bootstrap(values[:, 0], values[:, 1], seed=_SEED, clusters=visitor)
    learned, plain = values.mean(axis=0).tolist()
    return RelevanceGain(surface, len(values), learned, plain, gained)
