"""What a shopper types and has in mind, and the true relevance of every product to what is typed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.simulate.shelf import GENDERS, Shelf

ANY_BRAND = -1
UNSOLD_BRAND = -2


@dataclass(frozen=True, slots=True)
class Typed:
    """What a search text says, as its writer means it.

    Words stand as ``Listing.words`` has them, whatever form they were typed in.
    """

    language: str
    word: str  # for the kind
    types: tuple[int, ...]  # every type that the word names; none: nothing of the kind is sold
    brand_index: int = ANY_BRAND
    unsold_brand: str = ""  # the name, where brand_index is UNSOLD_BRAND
    words: tuple[str, ...] = ()  # colour, material, capacity, line, …
    gender: str = ""  # "men", "women" or "": any
    size: str = ""  # of a variant, lower case
    max_price_minor: int = 0  # 0: no limit


@dataclass(frozen=True, slots=True)
class Intent:
    """What a shopper came for. Only a part of it is typed."""

    typed: Typed
    text: str  # as typed, before typos
    type_index: int  # the type they want; -1: one that is not sold
    gender: str = ""
    size: str = ""  # what they wear, where it is for them
    budget_minor: int = 0  # 0: none

    @property
    def language(self) -> str:
        return self.typed.language


def grades(shelf: Shelf, typed: Typed, rows: NDArray[np.int64]) -> NDArray[np.int8]:
    """The true relevance of ``rows`` to what was typed, 0 to 3.

    Another type is 0, however much its words look alike: a phone case is no phone. A broader word takes
    every type below it. Of the right type, 3 is everything that was asked for, 2 all but one of several
    wishes (brand, colour, material, …), 1 less than that. What costs more than the limit, is not there in
    the size, or is made for the other gender is 1 at most. A brand that the shop does not have is a wish
    that nothing meets.
    """
    asked = len(typed.words) + (typed.brand_index != ANY_BRAND)
    grade = np.full(len(rows), 3, np.int8)
    if asked:
        met = (shelf.brand_index[rows] == typed.brand_index).astype(np.int8)
        for word in typed.words:
            met += np.fromiter(
                (shelf.satisfies(r, typed.language, word) for r in rows.tolist()),
                np.bool_,
                len(rows),
            )
        grade[met < asked] = 2 if asked > 1 else 1
        grade[met < asked - 1] = 1
    grade[~is_possible(shelf, rows, typed.gender, typed.size, typed.max_price_minor)] = 1
    grade[~is_of_types(shelf, rows, typed.types)] = 0
    return grade


def is_possible(
    shelf: Shelf, rows: NDArray[np.int64], gender: str, size: str, max_price_minor: int
) -> NDArray[np.bool_]:
    """Whether somebody with these limits could buy each row at all; empty and 0 limit nothing."""
    possible = np.ones(len(rows), np.bool_)
    if max_price_minor:
        possible &= shelf.price_minor[rows] <= max_price_minor
    if gender:
        possible &= (shelf.gender[rows] == 0) | (shelf.gender[rows] == GENDERS.index(gender))
    if size:
        possible &= np.fromiter(
            (size in shelf.sizes[r] for r in rows.tolist()), np.bool_, len(rows)
        )
    return possible


def is_of_types(shelf: Shelf, rows: NDArray[np.int64], types: tuple[int, ...]) -> NDArray[np.bool_]:
    """Whether each row is of one of ``types``."""
    found = np.zeros(len(rows), np.bool_)
    for type_index in types:
        found |= shelf.type_index[rows] == type_index
    return found
