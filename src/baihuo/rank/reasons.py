"""The reason why a product is on the page: a code that the storefront translates, and a detail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates, Filters, Surface
from baihuo.features import request
from baihuo.index import Generation
from baihuo.rank.popularity_index import LEAST_POPULAR
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Source, Stage

CODES = {  # one letter each: the first page stores the reasons of the whole frozen order
    "matches": "m",
    "near_in_meaning": "w",
    "fits_filters": "f",
    "bought_before": "b",
    "bought_together": "t",
    "clicked_together": "k",
    "like_what_you_viewed": "v",
    "searched_for": "q",
    "popular": "p",
    "same_brand": "s",
    "new": "n",
    "explore": "e",
    "in_catalogue": "c",
}
"""A letter must never change its meaning, because stored pages contain it."""
REASON_MEANINGS = {
    "matches": "it has enough of the typed words",
    "near_in_meaning": "its text is similar to the query in meaning; it has too few of the typed words",
    "fits_filters": "no query text: it passes the filters",
    "bought_before": "this visitor bought it",
    "bought_together": "often bought with products this visitor bought, or with the product of the page",
    "clicked_together": "often viewed in one visit with products this visitor viewed, or with the product of the page",
    "like_what_you_viewed": "similar to products this visitor viewed, or to the product of the page",
    "searched_for": "first pages: of a category that this visitor searched for",
    "popular": "popular now: clicked in the last days or bought in the last weeks",
    "same_brand": "similar products: of the same brand",
    "new": "new in the catalogue",
    "explore": "placed by exploration, to learn about products that would not be shown",
    "in_catalogue": "no specific reason: it is for sale here",
}
_BY_LETTER = {letter: code for code, letter in CODES.items()}
_NEUTRAL = "in_catalogue"
_SOURCE_REASONS = {  # in order of priority
    "from_bought_before": "bought_before",
    "from_bought_together": "bought_together",
    "from_bought_with": "bought_together",
    "from_co_interacted": "clicked_together",
    "from_similar_to_viewed": "like_what_you_viewed",
    "from_similar_by_embedding": "like_what_you_viewed",
    "from_for_newcomers": "popular",
    "from_popular": "popular",
    "from_new_arrivals": "new",
    "from_matches": "matches",
}
_MAX_TITLES = 20  # recent products that a detail may name


def require_reasons(surface: str, stages: Sequence[Stage]) -> None:
    """Check that every source of a surface has a reason.

    Raises:
        ValueError: a source has none; the message names it.
    """
    for stage in stages:
        if isinstance(stage, Source) and stage.column not in _SOURCE_REASONS:
            raise ValueError(
                f"surface {surface}: source {stage.name} has no reason; add {stage.column!r} to "
                "_SOURCE_REASONS in rank/reasons.py, and words for a new code to storefront/texts.json"
            )


def reasons(context: RequestContext, candidates: Candidates, generation: Generation) -> list[str]:
    """Return a code for each candidate, from the source that ranks it highest.

    Earlier purchases of the visitor are always "bought_before". Search results are "matches" only if
    they have enough of the typed words. Before anything is viewed or bought, products of a category that was searched for are
    "searched_for". On the surface similar, products of the same brand that were
    found only by similarity are "same_brand". The product of the random slot is "explore"; other products without a source, and popular
    ones without recent clicks or purchases, are "in_catalogue".
    """
    columns = candidates.columns
    chosen = _of_sources(columns, len(candidates))
    if "from_matches" in columns:
        searched = searched_reasons(context, candidates.rows)
        chosen = [s if c == "matches" else c for c, s in zip(chosen, searched, strict=True)]
    if "popularity" in columns:
        for i in np.flatnonzero(columns["popularity"] < LEAST_POPULAR).tolist():
            if chosen[i] == "popular":
                chosen[i] = _NEUTRAL
    if "from_for_newcomers" in columns:
        searched_rows = context.searched.rows
        category = generation.snapshot.category_code
        wanted = category[searched_rows[searched_rows >= 0]]
        for i in np.flatnonzero(np.isin(category[candidates.rows], wanted)).tolist():
            chosen[i] = "searched_for"
    if "from_bought_before" in columns:
        for i in np.flatnonzero(~np.isnan(columns["from_bought_before"])).tolist():
            chosen[i] = "bought_before"
    if context.query.surface is Surface.SIMILAR and context.anchor_row >= 0:
        brand = generation.snapshot.brand_code
        anchor_brand = brand[context.anchor_row]
        for i in np.flatnonzero(
            (brand[candidates.rows] == anchor_brand) & (anchor_brand >= 0)
        ).tolist():
            if chosen[i] == "like_what_you_viewed":
                chosen[i] = "same_brand"
    if "is_drawn" in columns:
        for i in np.flatnonzero(columns["is_drawn"]).tolist():
            chosen[i] = "explore"
    return chosen


def searched_reasons(context: RequestContext, rows: NDArray[Any]) -> list[str]:
    """Return a code for each row of a search, by how it matched."""
    query, answer = context.query, context.answer
    if answer is None:
        return [_NEUTRAL] * len(rows)
    if not query.query_text.split():
        code = _NEUTRAL if query.filters == Filters() else "fits_filters"
        return [code] * len(rows)
    if answer.kind is not None and answer.kind.source == "purpose":
        return ["near_in_meaning"] * len(rows)  # what is for a wish has none of its words
    codes = ("near_in_meaning", "matches")
    return [codes[has] for has in answer.has_words(rows).tolist()]


def _of_sources(columns: Mapping[str, NDArray[Any]], n: int) -> list[str]:
    """Return the reason of the source that ranks each candidate highest, or the neutral one."""
    sources = [s for s in _SOURCE_REASONS if s in columns]
    if not sources:
        return [_NEUTRAL] * n
    if len(sources) == 1:
        chosen = _NEUTRAL, _SOURCE_REASONS[sources[0]]
        return [chosen[is_found] for is_found in (~np.isnan(columns[sources[0]])).tolist()]
    ranks = np.stack([_ranks(columns[s]) for s in sources])
    best = np.where(np.isfinite(ranks).any(axis=0), ranks.argmin(axis=0), len(sources))
    codes = [*(_SOURCE_REASONS[s] for s in sources), _NEUTRAL]
    return [codes[i] for i in best.tolist()]


def encode_reasons(codes: list[str]) -> str:
    """Encode codes as a string of letters."""
    return "".join(map(CODES.__getitem__, codes))


def code_at(letters: str, rank: int) -> str | None:
    """Decode the code at a 0-based index of :func:`encode_reasons`; None after the end; unknown letters are the neutral code."""
    return _BY_LETTER.get(letters[rank], _NEUTRAL) if rank < len(letters) else None


def detail(context: RequestContext, code: str, row: int, generation: Generation) -> str:
    """Return the detail of a reason: the title of a viewed or bought product, or the brand."""
    if code == "same_brand":
        return generation.product(row).brand or ""
    if code in ("bought_together", "clicked_together", "like_what_you_viewed"):
        from_row = _nearest_in_history(context, code, row, generation)
        if from_row >= 0:
            product = generation.product(from_row)
            is_chinese = context.query.language == "zh"
            return (product.title_zh if is_chinese else product.title_en) or product.title
    return ""


def _nearest_in_history(
    context: RequestContext, code: str, row: int, generation: Generation
) -> int:
    if context.anchor_row >= 0:
        return context.anchor_row
    viewed = context.viewed.rows
    history_rows = context.purchased.rows if code == "bought_together" else viewed
    if not len(history_rows):
        history_rows = viewed
    history_rows = history_rows[history_rows >= 0][:_MAX_TITLES]
    if not len(history_rows):
        return -1
    vectors = generation.taste_vectors
    return int(history_rows[int(request.cosine(vectors[row], vectors[history_rows]).argmax())])


def _ranks(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return the 0-based rank of each candidate in one source; infinity if not found."""
    rank = np.full(len(scores), np.inf)
    is_found = np.flatnonzero(~np.isnan(scores))
    rank[is_found[np.argsort(-scores[is_found], kind="stable")]] = np.arange(len(is_found))
    return rank
