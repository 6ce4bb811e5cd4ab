"""A served page as bytes, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import TypeAdapter

from baihuo.core import Page, Query, Served

_QUERY, _PAGE = TypeAdapter(Query), TypeAdapter(Page)
_STORED_FIELDS = tuple(f for f in Page.__slots__ if f not in ("trace", "facets"))


def served_to_body(served: Served) -> bytes:
    """Query, page and order as JSON.

    The trace, which is only for debugging, and the facets are left out: facets are half of the bytes, and
    nothing is learned from them.
    """
    page = {f: getattr(served.page, f) for f in _STORED_FIELDS}
    value = {
        "query": served.query,
        "page": page,
        "order": served.order,
        "served_at_us": served.served_at_us,
    }
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY, default=_sorted_set)


def query_of(body: bytes) -> Query:
    """The query of a stored page."""
    return _QUERY.validate_python(orjson.loads(body)["query"])


def page_of(body: bytes) -> tuple[Page, tuple[str, ...], int]:
    """The page, the whole frozen order, and when it was served."""
    value = orjson.loads(body)
    return _PAGE.validate_python(value["page"]), tuple(value["order"]), int(value["served_at_us"])


def features_of(blob: bytes, n_placed: int, n_features: int) -> NDArray[np.float32]:
    """``[placed, features]`` from the bytes of a row."""
    return np.frombuffer(blob, dtype="<f4").reshape(n_placed, n_features).astype(np.float32)


def _sorted_set(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} in a served page cannot be stored")
