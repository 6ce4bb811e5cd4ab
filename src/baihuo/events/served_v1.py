"""Read served pages of versions up to 0.1: JSON with all field names. Never written."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
from pydantic import TypeAdapter

from baihuo.core import Page, Query, Served

_QUERY, _PAGE = TypeAdapter(Query), TypeAdapter(Page)


def served_of_v1(body: bytes, names: str, features: bytes) -> Served:
    """Decode a row of the table ``served``.

    Args:
        names: of the features, a line each.
        features: float32, ``[placed, features]``.
    """
    value: dict[str, Any] = orjson.loads(body)
    page = _PAGE.validate_python(value["page"])
    feature_names = tuple(names.split("\n")) if names else ()
    flat = np.frombuffer(features, dtype="<f4")
    return Served(
        query=_QUERY.validate_python(value["query"]),
        page=page,
        order=tuple(value["order"]),
        feature_names=feature_names,
        features=flat.reshape(len(page.placed), len(feature_names)).astype(np.float32),
        served_at_us=int(value["served_at_us"]),
    )
