"""Types and functions that all packages share. Imports no other package of this project."""

from baihuo.core.candidates import Candidates, Removed
from baihuo.core.currency import minor_unit_digits
from baihuo.core.errors import (
    BadInput,
    BrokenFile,
    Conflict,
    GateClosed,
    NotFound,
    QualityStop,
    ShopError,
    Unsupported,
)
from baihuo.core.event import Event, EventType
from baihuo.core.origin import web_origin
from baihuo.core.page import Facet, FacetValue, Page, Placed, Served, TraceStep
from baihuo.core.product import Product, Variant
from baihuo.core.query import Filters, Query, Sort, Surface
from baihuo.core.shop_paths import ShopPaths
from baihuo.core.text import fold, has_han

__all__ = [
    "BadInput",
    "BrokenFile",
    "Candidates",
    "Conflict",
    "Event",
    "EventType",
    "Facet",
    "FacetValue",
    "Filters",
    "GateClosed",
    "NotFound",
    "Page",
    "Placed",
    "Product",
    "QualityStop",
    "Query",
    "Removed",
    "Served",
    "ShopError",
    "ShopPaths",
    "Sort",
    "Surface",
    "TraceStep",
    "Unsupported",
    "Variant",
    "fold",
    "has_han",
    "minor_unit_digits",
    "web_origin",
]
