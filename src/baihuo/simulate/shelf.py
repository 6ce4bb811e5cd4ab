"""The catalogue as columns: what the logging policy ranks by and what shoppers look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from baihuo.simulate.listings import DAY_US, Listing
from baihuo.simulate.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """One entry a listing, in the order of ``listings``."""

    vocabulary: Vocabulary
    listings: list[Listing]
    type_index: NDArray[np.int32]
    brand_index: NDArray[np.int32]
    colour_index: NDArray[np.int32]
    level: NDArray[np.float64]
    appeal: NDArray[np.float64]
    policy_score: NDArray[np.float64]  # what the logging policy believes is popular: half right
    released_at_us: NDArray[np.int64]
    is_listed: NDArray[np.bool_]  # False: in the catalogue, but the logging policy never places it
    rows_of_type: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, vocabulary: Vocabulary, made: list[Listing], *, seed: int) -> Shelf:
        """Columns of ``made``; the logging policy's beliefs and its unlisted products come from ``seed``."""
        rng = np.random.default_rng([seed, 1])
        n = len(made)
        colours = {name: i for i, name in enumerate(vocabulary.colours)}
        types = np.array([m.type_index for m in made], np.int32)
        appeal = np.array([m.appeal for m in made])
        is_listed = np.ones(n, np.bool_)
        is_listed[rng.choice(n, max(5, n // 100), replace=False)] = False
        return cls(
            vocabulary=vocabulary,
            listings=made,
            type_index=types,
            brand_index=np.array([m.brand_index for m in made], np.int32),
            colour_index=np.array([colours[m.colour] for m in made], np.int32),
            level=np.array([m.level for m in made]),
            appeal=appeal,
            policy_score=0.5 * appeal + 0.85 * rng.standard_normal(n),
            released_at_us=np.array([m.product.released_at_us for m in made], np.int64),
            is_listed=is_listed,
            rows_of_type=tuple(np.flatnonzero(types == t) for t in range(len(vocabulary.types))),
        )

    def __len__(self) -> int:
        return len(self.listings)

    def price_minor(self, row: int) -> int:
        price = self.listings[row].product.price_minor
        assert price is not None  # every listing of ours has a price
        return price

    def cycle_us(self, row: int) -> int:
        """How long one unit lasts; 0 for what is not used up."""
        return self.vocabulary.types[self.type_index[row]].cycle_days * DAY_US

    def satisfies(self, row: int, language: str, word: str) -> bool:
        """Whether the listing is what ``word`` names (a colour, a material, a size, a line)."""
        return word in self.listings[row].words[language]


@dataclass(frozen=True, slots=True)
class Intent:
    """What a shopper has in mind, and the words that come out."""

    language: str
    typed: str  # the word for the type
    type_index: int
    brand_index: int = -1  # -1: any
    words: tuple[str, ...] = ()  # constraints, as Listing.words has them

    def text(self, vocabulary: Vocabulary) -> str:
        """As typed, without typos: Chinese runs together, English has spaces."""
        brand = vocabulary.brands[self.brand_index].name if self.brand_index >= 0 else None
        if self.language == "zh":
            parts = [brand.zh] if brand else []
            return "".join([*parts, *self.words, self.typed])
        parts = [brand.en.lower()] if brand else []
        return " ".join([*parts, *self.words, self.typed])


def grades(shelf: Shelf, intent: Intent, rows: NDArray[np.int64]) -> NDArray[np.int8]:
    """The true relevance of ``rows``: 3 everything asked for, 2 all but one thing, 1 the type only.

    Another type is 0, however much its words look alike: a phone case is no phone.
    """
    asked = len(intent.words) + (intent.brand_index >= 0)
    met = np.zeros(len(rows), np.int8)
    if intent.brand_index >= 0:
        met += shelf.brand_index[rows] == intent.brand_index
    for word in intent.words:
        met += np.fromiter(
            (shelf.satisfies(int(r), intent.language, word) for r in rows), np.bool_, len(rows)
        )
    grade = np.where(met == asked, 3, np.where((met == asked - 1) & (asked > 1), 2, 1))
    return np.where(shelf.type_index[rows] == intent.type_index, grade, 0).astype(np.int8)


@lru_cache(maxsize=1024)
def types_that_say(vocabulary_types: tuple[tuple[str, ...], ...], typed: str) -> tuple[int, ...]:
    """Types any of whose words contain ``typed``: where a shop that only matches words looks."""
    return tuple(
        i for i, words in enumerate(vocabulary_types) if any(typed in word for word in words)
    )
