"""Why a product is on the page: a code that the storefront words, and what it points at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Candidates, Surface
from baihuo.features import request
from baihuo.index import Generation
from baihuo.rank.asked import Asked

CODES = {  # one letter each: the reasons of a whole frozen order travel with its first page
    "matches": "m",
    "bought_before": "b",
    "bought_together": "t",
    "like_what_you_viewed": "v",
    "popular": "p",
    "same_brand": "s",
    "explore": "e",
}
_BY_LETTER = {letter: code for code, letter in CODES.items()}
_OF_SOURCE = {  # in the order in which they are believed
    "from_bought_before": "bought_before",
    "from_bought_together": "bought_together",
    "from_goes_with": "bought_together",
    "from_like_viewed": "like_what_you_viewed",
    "from_alike": "like_what_you_viewed",
    "from_popular": "popular",
    "from_newcomers": "explore",
    "from_matches": "matches",
}
_MOST_TITLES = 20  # products of a history that a detail may name


def reasons(asked: Asked, candidates: Candidates, generation: Generation) -> list[str]:
    """A code for each candidate: the source in whose list it stands highest.

    Own purchases always say so. Beside a product, one of the same brand that nothing but likeness
    brought is "same_brand". What chance put in a random slot says "explore".
    """
    columns = candidates.columns
    sources = [s for s in _OF_SOURCE if s in columns]
    if not sources:
        return ["explore"] * len(candidates)
    places = np.stack([_places(columns[s]) for s in sources])
    chosen = [_OF_SOURCE[sources[i]] for i in places.argmin(axis=0).tolist()]
    if "from_bought_before" in columns:
        for i in np.flatnonzero(~np.isnan(columns["from_bought_before"])).tolist():
            chosen[i] = "bought_before"
    if asked.query.surface is Surface.SIMILAR and asked.anchor_row >= 0:
        brand = generation.snapshot.brand_code
        mine = brand[asked.anchor_row]
        for i in np.flatnonzero((brand[candidates.rows] == mine) & (mine >= 0)).tolist():
            if chosen[i] == "like_what_you_viewed":
                chosen[i] = "same_brand"
    if "is_drawn" in columns:
        for i in np.flatnonzero(columns["is_drawn"]).tolist():
            chosen[i] = "explore"
    return chosen


def letters(codes: list[str]) -> str:
    """Codes as one string."""
    return "".join(map(CODES.__getitem__, codes))


def code_at(written: str, place: int, surface: str) -> str:
    """The code at a 0-based place of what :func:`letters` wrote; behind it, the surface's own."""
    if place < len(written):
        return _BY_LETTER[written[place]]
    return "matches" if surface == Surface.SEARCH else "popular"


def detail(asked: Asked, code: str, row: int, generation: Generation) -> str:
    """What the reason points at: the title of a viewed or bought product, or the brand."""
    if code == "same_brand":
        return generation.product(row).brand or ""
    if code in ("bought_together", "like_what_you_viewed"):
        from_row = _nearest_in_history(asked, code, row, generation)
        if from_row >= 0:
            product = generation.product(from_row)
            is_chinese = asked.query.language == "zh"
            return (product.title_zh if is_chinese else product.title_en) or product.title
    return ""


def _nearest_in_history(asked: Asked, code: str, row: int, generation: Generation) -> int:
    if asked.anchor_row >= 0:
        return asked.anchor_row
    viewed = asked.viewed.rows
    touched = viewed if code == "like_what_you_viewed" else asked.purchased.rows
    if not len(touched):
        touched = viewed
    touched = touched[touched >= 0][:_MOST_TITLES]
    if not len(touched):
        return -1
    vectors = generation.taste_vectors
    return int(touched[int(request.cosine(vectors[row], vectors[touched]).argmax())])


def _places(scores: NDArray[Any]) -> NDArray[np.float64]:
    """The place of each candidate in one source's list; infinity where it is not in it."""
    place = np.full(len(scores), np.inf)
    there = np.flatnonzero(~np.isnan(scores))
    place[there[np.argsort(-scores[there], kind="stable")]] = np.arange(len(there))
    return place
