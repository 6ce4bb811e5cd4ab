"""Columns of numbers as the cells of a CSV file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suites.line.rows import (
    AD_CLICK,
    AD_SEEN,
    CANCEL,
    NONE,
    PRODUCT_NAMED,
    PRODUCT_UNKNOWN,
    REVIEW,
    TYPES,
    Column,
    Rows,
)

CURRENCIES = ("EUR", "EURO", "eur")


def csv_table(rows: Rows) -> pa.Table:
    """The rows with ids, names and times as a shop would export them."""
    product, kind = rows["product"], rows["kind"]
    named = (product >= PRODUCT_NAMED) & (product < PRODUCT_UNKNOWN)
    ids = pc.if_else(
        pa.array(named),
        numbered("Thing number ", pa.array(product - PRODUCT_NAMED)),
        numbered("p", pa.array(product)),
    )
    is_ad = np.isin(kind, (AD_SEEN, AD_CLICK))
    is_app, is_old = rows["visitor"] % 10 < 3, np.isin(kind, (CANCEL, REVIEW))
    wide = np.where(rows["session"] >= 10**12, "-" + "x" * 300, "")  # a shifted column
    again = np.where(rows["again"] == 1, "-again", "")  # its id, sent by another exporter
    return pa.table(
        {
            "event_id": pc.binary_join_element_wise(
                numbered("e", pa.array(rows["number"])), pa.array(again), ""
            ),
            "event_type": pa.array(TYPES).take(pa.array(kind)),
            "visitor_id": numbered("v", pa.array(rows["visitor"])),
            "occurred_at": pa.array(
                rows["occurred"], pa.timestamp("us", "UTC"), mask=rows["occurred"] == NONE
            ),
            "received_at": pa.array(rows["received"], pa.timestamp("us", "UTC")),
            "session_id": pc.binary_join_element_wise(
                numbered_or_empty("s", rows["session"]), pa.array(wide), ""
            ),
            "query_id": numbered_or_empty("q", rows["query"]),
            "query_text": numbered_or_empty("word", rows["word"]),
            "product_id": pc.if_else(pa.array(product < 0), pa.scalar(None, pa.string()), ids),
            "order_id": numbered_or_empty("o", rows["order"]),
            "surface": pa.array(("search", "ad", None)).take(
                pa.array(np.where(is_ad, 1, np.where(is_old, 2, 0)))
            ),
            "position": pa.array(rows["position"], mask=rows["position"] == NONE),
            "price_minor": pa.array(rows["price"], mask=rows["price"] == NONE),
            "currency": pa.array(CURRENCIES).take(pa.array(rows["currency"])),
            "quantity": pa.array(rows["quantity"], mask=rows["quantity"] == NONE),
            "dwell_ms": pa.array(rows["dwell"], mask=rows["dwell"] == NONE),
            "rating": pa.array(rows["rating"], mask=rows["rating"] == NONE),
            "platform": pa.array(("web", "app")).take(pa.array(is_app.astype(np.int64))),
            "device": pa.array(("desktop", "phone", "tablet")).take(pa.array(rows["visitor"] % 3)),
            "country": pa.array(("DE", "FR", "CN", "US")).take(pa.array(rows["visitor"] % 4)),
        }
    )


def numbered_or_empty(prefix: str, numbers: Column) -> pa.Array:
    """As :func:`numbered`; nothing where there is no number."""
    return numbered(prefix, pa.array(numbers, mask=numbers == NONE))


def numbered(prefix: str, numbers: pa.Array) -> pa.Array:
    """``p17`` for 17."""
    return pc.binary_join_element_wise(prefix, pc.cast(numbers, pa.string()), "")
