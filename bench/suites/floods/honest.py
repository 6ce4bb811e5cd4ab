"""Products that honestly become popular: whole visits of people, moved to one product."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any, TypeAlias

Row: TypeAlias = "dict[str, Any]"
_HOUR_US = 3_600_000_000
_ABOUT = {"click", "dwell", "add_to_cart", "remove_from_cart", "purchase"}


def crowd(
    week: list[Row], product: str, dice: random.Random, *, start_us: int, n: int
) -> list[Row]:
    """``n`` visits in two days by visitors as the week has them."""
    return _visits(week, product, dice, start_us=start_us, n=n, are_new=False)


def newcomers(
    week: list[Row], product: str, dice: random.Random, *, start_us: int, n: int
) -> list[Row]:
    """``n`` visits in two days by visitors that nobody has seen, as after a post elsewhere."""
    return _visits(week, product, dice, start_us=start_us, n=n, are_new=True)


def _visits(
    week: list[Row], product: str, dice: random.Random, *, start_us: int, n: int, are_new: bool
) -> list[Row]:
    by_session: dict[str, list[Row]] = defaultdict(list)
    for row in week:
        if row["session_id"]:
            by_session[row["session_id"]].append(row)
    visits = [rows for rows in by_session.values() if any(r["event_type"] == "click" for r in rows)]
    made = []
    for i in range(n):
        like = dice.choice(visits)
        shift_us = start_us + int(dice.random() * 48 * _HOUR_US) - like[0]["occurred_at_us"]
        clicked = next(r["product_id"] for r in like if r["event_type"] == "click")
        ids = {"visitor_id": f"guest-{i}"} if are_new else {}
        for j, row in enumerate(like):
            is_about = row["product_id"] == clicked and row["event_type"] in _ABOUT | {"impression"}
            if row["event_type"] == "cancel":
                continue
            made.append(
                {
                    **row,
                    **ids,
                    "event_id": f"honest-{i}-{j}",
                    "session_id": f"honest-{i}",
                    "query_id": row["query_id"] and f"honest-{i}-{row['query_id']}",
                    "order_id": row["order_id"] and f"honest-{i}-{row['order_id']}",
                    "product_id": product if is_about else row["product_id"],
                    "occurred_at_us": row["occurred_at_us"] + shift_us,
                    "received_at_us": row["received_at_us"] + shift_us,
                }
            )
    return made
