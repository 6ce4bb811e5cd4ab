"""Served pages for tests."""

from __future__ import annotations

import numpy as np

from baihuo.core import (
    Facet,
    FacetValue,
    Filters,
    Page,
    Placed,
    Query,
    Served,
    Sort,
    Surface,
    TraceStep,
)


def served(
    query_id: str, *, page: int = 1, names: tuple[str, ...] = ("ctr", "age"), at_us: int = 8
) -> Served:
    """A page of two products."""
    query = Query(
        query_id=query_id,
        surface=Surface.SEARCH,
        visitor_id="v1",
        at_us=7,
        query_text="手机",
        language="zh",
        sort=Sort.PRICE_ASC,
        page=page,
        page_size=2,
        filters=Filters(brands=("A",), attributes=(("Colour", ("Red", "Blue")),), in_stock=True),
    )
    placed = tuple(
        Placed(
            product_id=f"p{i}",
            position=i,
            score=0.1 * i,
            propensity=0.9 if i == 1 else None,
            reason="matches",
            reason_detail="title",
        )
        for i in (1, 2)
    )
    step = TraceStep(stage="s", kind="filter", n_in=2, n_out=1, ms=0.1)
    made = Page(
        query_id=query_id,
        surface="search",
        bundle_id="b",
        index_id="i",
        placed=placed,
        page=page,
        page_size=2,
        total=5,
        total_is_exact=False,
        notes=("relaxed:2",),
        trace=(step,),
        facets=(
            Facet(name="brand", values=(FacetValue(value="A", n_products=3, is_selected=True),)),
        ),
        extra={"n": [1, 2.5, "x", None]},
    )
    features = np.array([[0.1, np.nan], [np.float32(1) / 3, 2.0**-140]], np.float32)[
        :, : len(names)
    ]
    return Served(
        query=query,
        page=made,
        order=("p1", "p2", "p3"),
        feature_names=names,
        features=features,
        served_at_us=at_us,
    )
