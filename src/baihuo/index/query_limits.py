"""What is read in the words of a search besides words, and what remains to match."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Reading
from baihuo.index.limits.measures import Size
from baihuo.index.segment import Pair


@dataclass(frozen=True, slots=True, eq=False)
class Preference:
    """A colour, a gender, a measure, or what products shall not have: those that meet it come first.

    A product has it by one of the pairs ``exact``, and in second place by one of ``wider`` (red, in "Dark
    Red"). Of a product without any pair of ``known``, its title decides: it has one of the ``terms``.
    A measure has ``sizes`` instead, and in second place the lengths that are rounded to it.
    """

    reading: Reading
    exact: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    wider: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    known: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    terms: tuple[tuple[str, ...], ...] = ()  # alternatives; of each, all terms
    sizes: tuple[Size, ...] = ()
    rounded: tuple[float, float] | None = None  # in mm, from the first up to the second
    model: str = ""
    """A joined model number: that of the product exactly, in its title in second place."""
    categories: tuple[int, ...] = ()  # codes of categories whose products meet it
    is_soft: bool = False  # products without any pair of ``known`` meet it in second place

    @property
    def is_unwanted(self) -> bool:
        """Whether products without the terms meet it."""
        return self.reading.kind == "without"

    @property
    def excludes(self) -> bool:
        """Whether the others are left out, once a page has it: colours and genders, not measures, model numbers and what suits
        somebody who gets a gift."""
        return self.reading.kind not in ("measure", "model", "gift")

    @property
    def is_said(self) -> bool:
        """Whether a page notes that none of its products, or few, meet it."""
        return self.reading.kind not in ("model", "gift")


@dataclass(frozen=True, slots=True)
class NotRead:
    """Words that might have been a limit, and are not."""

    kind: str  # of :data:`baihuo.core.READING_KINDS`
    text: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class QueryLimits:
    """The readings of a query text, and its other words."""

    rest: str  # the words that remain to match; the text as it was typed, if nothing was read
    readings: tuple[Reading, ...] = ()
    price: Reading | None = None
    cheapness: str = ""  # "cheap" or "cheapest": the lowest prices of what matches come first
    sizes: tuple[Pair, ...] = ()  # the attributes that have the size, and its stored values
    size: Reading | None = None
    preferences: tuple[Preference, ...] = ()
    notes: tuple[str, ...] = ()  # on words that were left out
    about: str = (
        ""  # without other words: the text by whose relevance products stand that have the same
    )
    not_read: tuple[NotRead, ...] = ()  # words that might have been one of ``readings``
    product: str = ""  # the product whose id, variant or code is the whole text

    def __bool__(self) -> bool:
        return bool(self.readings)
