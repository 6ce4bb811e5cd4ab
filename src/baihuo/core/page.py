"""What was returned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core.query import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One product on a page."""

    product_id: str
    position: int  # 1 is the top of the first page
    score: float  # calibrated P(click) where the bundle has one, else the order's score
    propensity: float | None  # P(placed here | logging policy); None: pinned, or not explored
    reason: str  # a code the storefront words in its language: "matches", "bought_before", …
    reason_detail: str = ""  # what the reason points at: a title, a brand


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value of a facet and how many products of the answer set have it."""

    value: str
    n_products: int
    is_selected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A way to narrow the answer: ``brand``, ``category``, ``price`` or an attribute's name.

    Counts are over the answer set under every *other* filter, so that choosing a second value of
    the same facet widens it.
    """

    name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """What one stage did: counts, time, and anything it wants to say."""

    stage: str
    kind: str
    n_in: int
    n_out: int
    ms: float
    note: str = ""
    removed: tuple[tuple[str, str], ...] = ()  # (product_id, reason), at most a few hundred


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of products, and enough about its making to learn from it."""

    query_id: str
    surface: str
    bundle_id: str
    index_id: str
    placed: tuple[Placed, ...]
    page: int
    page_size: int
    total: int
    total_is_exact: bool = True  # False: "at least ``total``"
    facets: tuple[Facet, ...] = ()
    notes: tuple[str, ...] = ()  # said on the page: "relaxed:2" words had to match, …
    trace: tuple[TraceStep, ...] = ()  # only with explain
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Served:
    """A page together with what made it: the training data of tomorrow.

    ``features`` are the values the ranker really used, so that training need not guess them again.
    """

    query: Query
    page: Page
    order: tuple[str, ...]  # product ids: the whole frozen order, best first
    feature_names: tuple[str, ...]
    features: NDArray[np.float32]  # [placed, features], rows as in ``page.placed``
    served_at_us: int  # our clock, UTC
