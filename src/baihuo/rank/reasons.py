"""Why a product is on the page: a code that the storefront words, and what it points at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates, Filters, Surface
from baihuo.features.transforms import request
from baihuo.index import Generation
from baihuo.rank.request_context import RequestContext
from baihuo.rank.stages import Source, Stage

CODES = {  # one letter each: the reasons of a whole frozen order travel with its first page
    "matches": "m",
    "near_in_meaning": "w",
    "fits_filters": "f",
    "bought_before": "b",
    "bought_together": "t",
    "like_what_you_viewed": "v",
    "popular": "p",
    "same_brand": "s",
    "new": "n",
    "explore": "e",
    "in_catalogue": "c",
}
"""A letter is never given another meaning: pages served long ago hold them."""
MEANINGS = {
    "matches": "enough of the typed words stand in it",
    "near_in_meaning": "its text is near to the typed words in meaning; not enough of them stand in it",
    "fits_filters": "no words were typed: it passes the filters",
    "bought_before": "this visitor bought it",
    "bought_together": "often bought with what this visitor bought, or with the product looked at",
    "like_what_you_viewed": "like what this visitor viewed, or like the product looked at",
    "popular": "popular now",
    "same_brand": "beside a product: of the same brand",
    "new": "new in the catalogue",
    "explore": "put into a random slot, so that the shop learns what it would not have placed",
    "in_catalogue": "nothing more is known than that it is for sale here",
}
_BY_LETTER = {letter: code for code, letter in CODES.items()}
_NEUTRAL = "in_catalogue"
_OF_SOURCE = {  # in the order in which they are believed
    "from_bought_before": "bought_before",
    "from_bought_together": "bought_together",
    "from_co_interacted": "bought_together",
    "from_similar_to_viewed": "like_what_you_viewed",
    "from_similar_by_embedding": "like_what_you_viewed",
    "from_popular": "popular",
    "from_new_arrivals": "new",
    "from_matches": "matches",
}
_MOST_TITLES = 20  # products of a history that a detail may name


def require_reasons(surface: str, stages: Sequence[Stage]) -> None:
    """Refuse a surface with a source that has no reason to say.

    Raises:
        ValueError: names the source.
    """
    for stage in stages:
        if isinstance(stage, Source) and stage.column not in _OF_SOURCE:
            raise ValueError(
                f"surface {surface}: source {stage.name} has no reason; add {stage.column!r} to "
                "_OF_SOURCE in rank/reasons.py, and words for a new code to storefront/texts.json"
            )


def reasons(context: RequestContext, candidates: Candidates, generation: Generation) -> list[str]:
    """A code for each candidate: the source in whose list it stands highest.

    Own purchases always say so. What a search found says "matches" only where enough of the typed
    words stand in it. Beside a product, one of the same brand that nothing but likeness brought is
    "same_brand". What chance put in a random slot says "explore"; what no source of ours brought,
    "in_catalogue".
    """
    columns = candidates.columns
    chosen = _of_sources(columns, len(candidates))
    if "from_matches" in columns:
        searched = searched_reasons(context, candidates.rows)
        chosen = [s if c == "matches" else c for c, s in zip(chosen, searched, strict=True)]
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
    """A code for each row of a search, by what let it into the answer set."""
    query, answer = context.query, context.answer
    if answer is None:
        return [_NEUTRAL] * len(rows)
    if not query.query_text.split():
        code = _NEUTRAL if query.filters == Filters() else "fits_filters"
        return [code] * len(rows)
    by_words = np.isin(rows, answer.rows[answer.is_lexical])
    return np.where(by_words, "matches", "near_in_meaning").tolist()


def _of_sources(columns: Mapping[str, NDArray[Any]], n: int) -> list[str]:
    """The reason of the source that ranks each candidate highest; neutral where none has it."""
    sources = [s for s in _OF_SOURCE if s in columns]
    if not sources:
        return [_NEUTRAL] * n
    places = np.stack([_places(columns[s]) for s in sources])
    best = np.where(np.isfinite(places).any(axis=0), places.argmin(axis=0), len(sources))
    codes = [*(_OF_SOURCE[s] for s in sources), _NEUTRAL]
    return [codes[i] for i in best.tolist()]


def encode_reasons(codes: list[str]) -> str:
    """Codes as one string."""
    return "".join(map(CODES.__getitem__, codes))


def code_at(written: str, rank: int) -> str | None:
    """The code at a 0-based place of what :func:`encode_reasons` wrote; None behind its end.

    A letter that this version does not know says nothing about the product.
    """
    return _BY_LETTER.get(written[rank], _NEUTRAL) if rank < len(written) else None


def detail(context: RequestContext, code: str, row: int, generation: Generation) -> str:
    """What the reason points at: the title of a viewed or bought product, or the brand."""
    if code == "same_brand":
        return generation.product(row).brand or ""
    if code in ("bought_together", "like_what_you_viewed"):
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
    touched = viewed if code == "like_what_you_viewed" else context.purchased.rows
    if not len(touched):
        touched = viewed
    touched = touched[touched >= 0][:_MOST_TITLES]
    if not len(touched):
        return -1
    vectors = generation.taste_vectors
    return int(touched[int(request.cosine(vectors[row], vectors[touched]).argmax())])


def _places(scores: NDArray[Any]) -> NDArray[np.float64]:
    """The place of each candidate in one source's list; infinity where it is not in it."""
    rank = np.full(len(scores), np.inf)
    is_found = np.flatnonzero(~np.isnan(scores))
    rank[is_found[np.argsort(-scores[is_found], kind="stable")]] = np.arange(len(is_found))
    return rank
