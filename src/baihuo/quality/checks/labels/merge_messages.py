"""The SELECTs of the step ``labels`` about one event against another."""

from __future__ import annotations

from baihuo.engine.sql_files import sql_file

_NONE = "CAST(NULL AS VARCHAR)"
_OUTCOMES = "('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'purchase')"

FEW = """
    SELECT import_id, line, event_type, visitor_id, product_id, order_id, occurred_at_us, quantity, rating
    FROM {rows} WHERE event_type IN ('purchase', 'cancel', 'review')"""
"""What the first three read, so that the log is read once for them."""

RATINGS = sql_file(__file__, "ratings").bind(none=_NONE)

UNDONE = sql_file(__file__, "undone").bind(none=_NONE)


TAKEN_BACK = sql_file(__file__, "taken_back").bind(none=_NONE)

LOST = sql_file(__file__, "lost").bind(outcomes=_OUTCOMES)


RECOVERED = sql_file(__file__, "recovered").bind(none=_NONE)
