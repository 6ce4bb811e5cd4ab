"""Measure whether click models put clicked products first on home and similar pages, and keep similar products similar.

What stood at the top is clicked more, whatever it is, and the order that a log is nearer to gets the credit: mostly the plain one. So
clicks are compared with what positions alone would give: of the gains of a page, each position's share by its examination, as estimated
from positions that were drawn (:mod:`baihuo.evaluate.examination`). Its outcome under both orders is subtracted: a control variate whose
mean is known. That leaves the gain over chance, removes what only the page varies, and is 0 for an order that knows nothing
(docs/decisions/0027).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import CLICKS_FOLDER, Bundle
from baihuo.core import Progress, Query, Surface, no_progress
from baihuo.engine import Source, Tables
from baihuo.evaluate import Interval, paired_bootstrap
from baihuo.features import FeatureState
from baihuo.index import Generation
from baihuo.rank import NO_EXPLORATION, Ranker
from baihuo.release.replay import MOST_PAGES, read_pages, states_at
from baihuo.release.search_relevance import RelevanceGain

RECOMMENDATIONS = (Surface.HOME, Surface.SIMILAR)
DEPTH = 10
MIN_PAGES = 10  # fewer clicked pages are not significant
_SEED = 7
Floats = NDArray[np.float64]
Curves = Mapping[str, Mapping[str, Any]]
"""Surface → its examination curve, as the report of the click models has it."""


@dataclass(frozen=True, slots=True)
class RecommendationGain:
    """One surface in its learned order, and in the order without click models."""

    surface: Surface
    clicks: RelevanceGain  # nDCG@10 of clicked pages beyond what positions explain
    same_category: (
        RelevanceGain | None
    )  # similar pages: share of the top ten in the product's category


@dataclass(frozen=True, slots=True, eq=False)
class ClickedPage:
    query: Query
    product_ids: tuple[str, ...]
    earned: Floats  # [products] 2 ** grade - 1
    expected: Floats  # [3, products] by position alone, with examination in the middle, at its low and at its high end


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
    pages the category measures that. What positions explain of the clicks is subtracted; where the report has no examination, nothing is.
    The interval is over visitors, and over the curve of examination.

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
        curves=_curves(ranker.bundle),
    )
    moments = [page.query.at_us for page in pages]
    reached = np.empty(
        (len(pages), 2, 4)
    )  # learned and plain; clicks by three curves, and category
    makers: tuple[Ranker, ...] = ()  # the state is one object, updated in place
    states = states_at(tables, ranker.state.features, moments, events=events, products=products)
    for i, (page, state) in enumerate(zip(pages, states, strict=True)):
        makers = makers or tuple(_with_order(ranker, state, o) for o in ("learned", "fused"))
        for system, maker in enumerate(makers):
            rows = maker.run(maker.context(page.query)).candidates.rows  # to the last position
            ids = ranker.generation.product_ids[rows].tolist()
            share = _same_category(ranker.generation, page.query.product_id, ids)
            reached[i, system] = *beyond_position(ids, page), share
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
        diversity=ranker.diversity,
    )


def _clicked_pages(
    examples: Path,
    surfaces: Sequence[Surface],
    *,
    known: Mapping[str, int],
    since_us: int,
    curves: Curves,
) -> list[ClickedPage]:
    """Yield clicked pages, oldest first, without similar pages of deleted products."""
    columns = ["query_id", "visitor_id", "product_id", "surface", "anchor_id", "at_us", "gain"]
    columns.append("position")
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
        pages += [_page(surface, page, curves) for page in clicked[-MOST_PAGES:]]
    return sorted(pages, key=lambda page: page.query.at_us)


def _curves(bundle: Bundle | None) -> Curves:
    name = f"{CLICKS_FOLDER}/report.json"
    if bundle is None or name not in bundle:
        return {}
    positions: Mapping[str, Any] = bundle.json(name).get("positions", {})
    return dict(positions.get("examination", {}).get("surfaces", {}))


def _page(surface: Surface, rows: Sequence[Mapping[str, Any]], curves: Curves) -> ClickedPage:
    first = rows[0]
    query = Query(
        query_id=first["query_id"],
        surface=surface,
        visitor_id=first["visitor_id"],
        at_us=first["at_us"],
        product_id=first["anchor_id"] if surface is Surface.SIMILAR else None,
    )
    earned = np.array([2.0 ** row["gain"] - 1 for row in rows])
    position = np.array([row["position"] for row in rows], np.float64)
    expected = expected_by_position(earned, position, curves.get(surface, {}).get("positions", []))
    return ClickedPage(query, tuple(row["product_id"] for row in rows), earned, expected)


def expected_by_position(
    earned: Floats, position: Floats, curve: Sequence[Mapping[str, float]]
) -> Floats:
    """``[3, products]``: what a page earned, shared out by examination alone: its middle, its low and its high end.

    Args:
        earned: ``[products]``.
        position: ``[products]``, 1 is the top.
        curve: Examination at some positions; none: each position is worth the same.
    """
    share = np.ones((3, len(position)))
    if curve:
        at = np.log([point["position"] for point in curve])
        for n, end in enumerate(("mid", "low", "high")):
            value = np.log(np.maximum([point[end] for point in curve], 1e-6))
            share[n] = np.exp(np.interp(np.log(position), at, value))
    return np.asarray(earned.sum() * share / share.sum(axis=1, keepdims=True))


def beyond_position(ids: Sequence[str], page: ClickedPage) -> Floats:
    """``[3]``: nDCG@10 of the logged products in the order of ``ids``, less that of what positions alone would give.

    Missing products count as last, with no gain.
    """
    number = {product_id: n for n, product_id in enumerate(page.product_ids)}
    order = [number[product_id] for product_id in ids if product_id in number][:DEPTH]
    ideal = np.sort(page.earned)[::-1][:DEPTH]
    discount = 1 / np.log2(np.arange(2, DEPTH + 2))
    gains = (page.earned - page.expected)[:, order]
    return np.asarray(gains @ discount[: len(order)] / (ideal @ discount[: len(ideal)]))


def _same_category(generation: Generation, product_id: str | None, ids: Sequence[str]) -> float:
    """Return the share of the top ten in the anchor's category; NaN without a product or category to compare with."""
    code = generation.snapshot.category_code[generation.row_of[product_id]] if product_id else -1
    if code < 0:
        return float("nan")
    rows = [generation.row_of[i] for i in ids[:DEPTH]]
    return float((generation.snapshot.category_code[rows] == code).sum() / DEPTH)


def _gain(
    pages: Sequence[ClickedPage], reached: NDArray[np.float64], surface: Surface
) -> RecommendationGain | None:
    is_asked = np.array([page.query.surface is surface for page in pages], np.bool_)
    if is_asked.sum() < MIN_PAGES:
        return None
    visitors = np.array([page.query.visitor_id for page in pages])
    category = _category(reached[..., -1], is_asked, visitors, str(surface))
    learned, plain = reached[is_asked, 0, :-1], reached[is_asked, 1, :-1]
    gain = gain_over_visitors(learned, plain, visitors[is_asked])
    mids = float(learned[:, 0].mean()), float(plain[:, 0].mean())
    clicks = RelevanceGain(str(surface), len(learned), *mids, gain)
    return RecommendationGain(surface, clicks, category)


def gain_over_visitors(
    ours: Floats, theirs: Floats, visitors: NDArray[Any], *, n_resamples: int = 2000
) -> Interval:
    """The mean of ``ours - theirs``, with an interval over visitors that is wider by what the curve of examination leaves open.

    Args:
        ours, theirs: ``[pages, 3]``, as :func:`beyond_position` gives them.
        visitors: ``[pages]``.
    """
    gain = paired_bootstrap(
        ours[:, 0],
        theirs[:, 0],
        seed=_SEED,
        clusters=np.unique(visitors, return_inverse=True)[1],
        n_resamples=n_resamples,
    )
    _, low, high = (ours - theirs).mean(axis=0)
    below, above = (
        float(np.hypot(side, (high - low) / 2))
        for side in (gain.mid - gain.low, gain.high - gain.mid)
    )
    return Interval(gain.mid, gain.mid - below, gain.mid + above)


def _category(
    reached: NDArray[np.float64],
    is_asked: NDArray[np.bool_],
    visitors: NDArray[np.str_],
    surface: str,
) -> RelevanceGain | None:
    """Return learned minus plain with an interval over visitors; None without a category."""
    kept = is_asked & ~np.isnan(reached).any(axis=1)
    if not kept.any():
        return None
    values = reached[kept]
    visitor = np.unique(visitors[kept], return_inverse=True)[1]
    gained = paired_bootstrap(values[:, 0], values[:, 1], seed=_SEED, clusters=visitor)
    learned, plain = values.mean(axis=0).tolist()
    return RelevanceGain(surface, len(values), learned, plain, gained)
