"""What the fourth hand's kinds share: a row of a page, the orders of a visit, and what is another finding."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from baihuo.exam.independent import kinds
from baihuo.exam.independent.dirt.second.common import again, groups, of, only
from baihuo.exam.independent.kinds import Bed, Kind
from baihuo.exam.independent.rows import Key, Row

LEFT = "quarantine withhold note"  # the right value is not to be had
# A visit that is told apart, or a masked text, says nothing of these kinds.
VISITS = "broken_session session_changed"
APART = f"merged_session {VISITS} personal_data"

kind = functools.partial(kinds.kind, apart=APART)
cell = functools.partial(kinds.cell, apart=APART)

Rows = list[Row]


def pick(*texts: Any) -> Callable[[random.Random, Any], Any]:
    """One of these, whatever stood there."""

    def change(rng: random.Random, _: Any) -> Any:
        return rng.choice(texts)

    return change


def keys(rows: Iterable[Row]) -> tuple[Key, ...]:
    return tuple(r.key for r in rows)


def clicked(rows: Rows) -> set[Any]:
    """Products of a page that somebody opened."""
    return {r.values.get("product_id") for r in only(rows, "click")}


def shown_at(rows: Rows, position: Any) -> Row | None:
    """What the page shows at a position."""
    found = [r for r in only(rows, "impression") if r.values.get("position") == position]
    return found[0] if found else None


def price_of(values: dict[str, Any]) -> float:
    """
    >>> price_of({"price": "12.50"}), price_of({})
    (12.5, 0.0)
    """
    return float(values.get("price") or 0)


def by_id(bed: Bed) -> dict[Any, dict[str, Any]]:
    """Listings without dirt."""
    return {r.values.get("product_id"): r.values for r in bed.sound_products()}


def sound(bed: Bed, *sorts: str) -> Rows:
    """Events without dirt: others may hold anything."""
    return [r for r in only(bed.shop.events, *sorts) if not bed.has_dirt([r])]


def seen_by(bed: Bed) -> dict[Any, set[Any]]:
    """The products of all events of each visitor."""
    seen: dict[Any, set[Any]] = {}
    for row in bed.shop.events:
        if not bed.has_dirt([row]):
            seen.setdefault(row.values.get("visitor_id"), set()).add(row.values.get("product_id"))
    return seen


def one_of(bed: Bed, values: Sequence[Any]) -> Any:
    """One of these, or None of nothing: a small shop may have no other product."""
    return bed.rng.choice(values) if values else None


def stranger(bed: Bed, not_these: set[Any]) -> Any:
    """The id of a sound listing that is none of these."""
    return one_of(bed, [name for name in by_id(bed) if name not in not_these])


Fit = Callable[[Row, Rows], bool]


def page_rows(
    bed: Bed, n: int, sort: str, column: str | None = None, *, fit: Fit = lambda row, rows: True
) -> list[tuple[Row, Rows]]:
    """A row of each of up to ``n`` pages that fits, beside all rows of its page; the page is taken."""

    def first(rows: Rows) -> Row | None:
        if len(only(rows, "impression")) < 3:
            return None
        for row in only(rows, sort):
            if (column is None or row.values.get(column) is not None) and fit(row, rows):
                return row
        return None

    chosen = bed.choose(groups(bed, "query_id", lambda rows: first(rows) is not None), n)
    return [(row, rows) for rows in chosen if (row := first(rows)) is not None]


def on_page(
    name: str,
    words: str,
    sort: str,
    column: str,
    change: Callable[[Bed, Row, Rows], Any],
    *,
    fit: Fit = lambda row, rows: True,
    **rest: Any,
) -> None:
    """Register a kind that changes one cell of a row, against all other rows of its page; None changes nothing."""

    def plant(bed: Bed, own: Kind) -> None:
        for row, rows in page_rows(bed, own.cases, sort, column, fit=fit):
            clean, dirty = row.values[column], change(bed, row, rows)
            if dirty is None:
                continue
            row.values[column] = dirty
            bed.case(own, [row], field=column, clean=clean, related=keys(rows))

    plant.__module__ = change.__module__  # the hand is that of the file that says what changes
    kind(name, words, **rest)(plant)


def visits(bed: Bed, n: int, is_fit: Callable[[Rows], bool]) -> list[Rows]:
    """All rows of up to ``n`` visits of which nothing later speaks: no order, no review."""

    def fits(rows: Rows) -> bool:
        return not only(rows, "purchase", "cancel", "review") and is_fit(rows)

    return bed.choose(groups(bed, "session_id", fits), n)


def bare_orders(bed: Bed, n: int, is_fit: Callable[[dict[str, Any]], bool]) -> Rows:
    """Purchases of whose order no other row speaks."""
    rows_of: dict[str, int] = {}
    for row in bed.shop.events:
        order = str(row.values.get("order_id"))
        rows_of[order] = rows_of.get(order, 0) + 1
    is_order = of("purchase")
    return bed.take(
        "events", n, lambda v: is_order(v) and rows_of[str(v.get("order_id"))] == 1 and is_fit(v)
    )


def purchase_of(bed: Bed) -> dict[tuple[Any, Any], Row]:
    """The purchase by order and product, of those without dirt."""
    return {
        (r.values.get("order_id"), r.values.get("product_id")): r for r in sound(bed, "purchase")
    }


OFF_PAGE = dict.fromkeys(["query_id", "query_text", "position", "surface"])


def nobody_yet(bed: Bed) -> dict[str, str]:
    """Visitor and session of somebody new."""
    number = bed.rng.randrange(10**4)
    return {"visitor_id": f"v7{number:04d}", "session_id": f"s77{number:04d}"}


def newcomers(bed: Bed, own: Kind, n: int, each: int, texts: tuple[str, ...]) -> None:
    """Searches of ``n`` people whom nobody saw before, ``each`` of these texts, and never a page."""
    for row in bed.take(own.table, n, of("search")):
        who = nobody_yet(bed)
        for i in range(each):
            later = 8_000_000 * i + bed.rng.randrange(4_000_000)
            query = {"query_id": f"{who['session_id']}q{i}", "query_text": bed.rng.choice(texts)}
            bed.case(own, [again(bed, row, later, **who, **query)])
