"""The catalogue as columns: what the logging policy ranks by and what shoppers look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.simulate.listings import DAY_US, Listing
from baihuo.simulate.vocabulary import Vocabulary

GENDERS = ("", "men", "women")
COUNTED, MISCOUNTED = 0.5, 0.85  # of a product's appeal, and of chance, in what the shop counted
COUNTED_RIGHT = COUNTED / (COUNTED**2 + MISCOUNTED**2) ** 0.5  # correlation with the appeal
NEVER_COUNTED = -1.0  # the score of what the shop has no sales of; the others have a middle of 0


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
    price_minor: NDArray[np.int64]
    gender: NDArray[np.int8]  # index of GENDERS
    sizes: list[frozenset[str]]  # of which there is stock
    policy_score: NDArray[np.float64]  # what the logging policy believes is popular: half right
    is_paying: NDArray[np.bool_]  # somebody pays for a place of it on pages
    released_at_us: NDArray[np.int64]
    is_listed: NDArray[np.bool_]  # False: in the catalogue, but the logging policy never places it
    rows_of_type: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(
        cls, vocabulary: Vocabulary, made: list[Listing], *, seed: int, counted_us: int
    ) -> Shelf:
        """Columns of ``made``; the logging policy's beliefs, ads and unlisted products come from ``seed``.

        The shop counted its sales at ``counted_us`` and never again: what came out later counts as unsold.
        """
        rng = np.random.default_rng([seed, 1])
        n = len(made)
        colours = {name: i for i, name in enumerate(vocabulary.colours)}
        types = np.array([m.type_index for m in made], np.int32)
        appeal = np.array([m.appeal for m in made])
        is_listed = np.ones(n, np.bool_)
        is_listed[rng.choice(n, max(5, n // 100), replace=False)] = False
        is_paying = np.zeros(n, np.bool_)
        is_paying[rng.choice(np.flatnonzero(is_listed), max(8, n // 30), replace=False)] = True
        released = np.array([m.product.released_at_us for m in made], np.int64)
        counted = COUNTED * appeal + MISCOUNTED * rng.standard_normal(n)
        return cls(
            vocabulary=vocabulary,
            listings=made,
            type_index=types,
            brand_index=np.array([m.brand_index for m in made], np.int32),
            colour_index=np.array([colours[m.colour] for m in made], np.int32),
            level=np.array([m.level for m in made]),
            appeal=appeal,
            price_minor=np.array([m.product.price_minor for m in made], np.int64),
            gender=np.array([GENDERS.index(m.gender) for m in made], np.int8),
            sizes=[m.sizes() for m in made],
            policy_score=np.where(released < counted_us, counted, NEVER_COUNTED),
            is_paying=is_paying,
            released_at_us=released,
            is_listed=is_listed,
            rows_of_type=tuple(np.flatnonzero(types == t) for t in range(len(vocabulary.types))),
        )

    def __len__(self) -> int:
        return len(self.listings)

    def cycle_us(self, row: int) -> int:
        """How long one unit lasts; 0 for what is not used up."""
        return self.vocabulary.types[self.type_index[row]].cycle_days * DAY_US

    def satisfies(self, row: int, language: str, word: str) -> bool:
        """Whether the listing is what ``word`` names (a colour, a material, a size, a line)."""
        return word in self.listings[row].words[language]
