"""Pages returned to visitors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core.query import Query, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One product on a page."""

    product_id: str
    position: int  # 1 is the top of the first page
    score: float  # calibrated P(click) if the bundle has a click model, else the ranking score
    propensity: float | None  # P(placed here | logging policy); None: pinned, or not explored
    reason: str  # a code that the storefront translates: "matches", "bought_before", …
    reason_detail: str = ""  # detail of the reason: a title, a brand
    variant_id: str = ""  # of a search: the variant that is shown; empty: the product has none


@dataclass(slots=True)  # a page has a hundred, and to make frozen ones takes six times as long
class FacetValue:
    """A value of a facet, and the number of products of the answer set that have it."""

    value: str
    n_products: int
    is_selected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A facet: ``brand``, ``category``, ``price`` or the name of an attribute.

    Counts are over the answer set under all *other* filters, so that selecting a second value of the
    same facet adds products.
    """

    name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """The trace of one stage: counts, time and a note."""

    stage: str
    kind: str
    n_in: int
    n_out: int
    ms: float
    note: str = ""
    removed: tuple[tuple[str, str], ...] = ()  # (product_id, reason), at most a few hundred


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of products, with the data about its ranking that training needs."""

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
    notes: tuple[
        str, ...
    ] = ()  # notes that the page shows: "relaxed:2" (two terms had to match), …
    read: tuple[Reading, ...] = ()  # limits read in the words of a search
    alternatives: tuple[str, ...] = ()  # product ids, where nothing of the kind asked for is sold
    trace: tuple[TraceStep, ...] = ()  # only with explain
    order: str = (
        ""  # which order served: "text", "fused", "learned:topicality+both", "price_asc", …
    )
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Served:
    """A page with its query and features: future training data.

    ``features`` are the values the ranker used, so that training need not recompute them.
    """

    query: Query
    page: Page
    order: tuple[str, ...]  # product ids: the whole frozen order, best first
    feature_names: tuple[str, ...]
    features: NDArray[np.float32]  # [placed, features], rows as in ``page.placed``
    served_at_us: int  # our clock, UTC
