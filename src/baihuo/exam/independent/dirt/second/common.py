"""What the second hand's kinds of events share: rows by visit and page, copies of a row, and the usual actions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from baihuo.exam.independent.kinds import Bed, Kind, NoRoom
from baihuo.exam.independent.rows import Row
from baihuo.exam.independent.visits import DAY, START_US

AT, IN = "occurred_at_us", "received_at_us"
FIXED = "repair quarantine withhold note"
OUT = "quarantine note"
COPY = "merge quarantine note"
READ_OR_FIXED = f"read {FIXED}"


def of(*sorts: str) -> Callable[[dict[str, Any]], bool]:
    return lambda values: values["event_type"] in sorts


def groups(bed: Bed, column: str, is_fit: Callable[[list[Row]], bool]) -> list[list[Row]]:
    """Rows without dirt that share a value of a column, in the order of the file."""
    found: dict[str, list[Row]] = {}
    for row in bed.shop.events:
        if row.values.get(column) is not None:
            found.setdefault(str(row.values[column]), []).append(row)
    return [rows for rows in found.values() if not bed.has_dirt(rows) and is_fit(rows)]


def pages(bed: Bed, n: int, *, search: bool = True) -> list[list[Row]]:
    """All rows of up to ``n`` pages."""

    def is_fit(rows: list[Row]) -> bool:
        sorts = [r.values["event_type"] for r in rows]
        return sorts.count("impression") >= 3 and (not search or "search" in sorts)

    return bed.choose(groups(bed, "query_id", is_fit), n)


def only(rows: Sequence[Row], *sorts: str) -> list[Row]:
    return [r for r in rows if r.values.get("event_type") in sorts]


def again(bed: Bed, row: Row, later_us: int, **change: Any) -> Row:
    """A copy of the row, later, under an id of its own; ``None`` takes a cell out."""
    values = row.values | {"event_id": f"e{bed.rng.getrandbits(32):08x}"}
    values |= {AT: values[AT] + later_us, IN: values[IN] + later_us} | change
    return bed.add("events", {k: v for k, v in values.items() if v is not None})


def put(row: Row, **change: Any) -> None:
    """Write cells; ``None`` takes one out."""
    row.values |= change
    for name in [k for k, v in row.values.items() if v is None and k in change]:
        del row.values[name]


def pick(*texts: Any) -> Callable[[random.Random, Any], Any]:
    """One of these, whatever stood there."""
    return lambda rng, _: rng.choice(texts)


def as_line(values: dict[str, Any], *, ascii_only: bool = False) -> bytes:
    return json.dumps(values, ensure_ascii=ascii_only).encode()


def to_one(
    bed: Bed, own: Kind, n: int, name: Callable[[int], str], *, column: str | None = "visitor_id"
) -> None:
    """All rows of ``n`` visitors under other ids."""
    for i, rows in enumerate(bed.take_visitors(n, lambda rows: 14 <= len(rows) <= 60)):
        clean = rows[0].values["visitor_id"] if column else None
        for row in rows:
            row.values["visitor_id"] = name(i)
            bed.case(own, [row], field=column, clean=clean)


def lines(
    bed: Bed,
    own: Kind,
    change: Callable[[dict[str, Any]], bytes],
    *,
    column: str | None = "product_id",
) -> None:
    """Other bytes for the line of an impression; read as meant where ``column`` is kept.

    Never the first line: that one says what sort of file it is.
    """
    first = bed.shop.events[0].values["event_id"]

    def is_fit(values: dict[str, Any]) -> bool:
        return values["event_type"] == "impression" and values.get("event_id") != first

    for row in bed.take(own.table, own.cases, is_fit):
        row.raw = change(row.values)
        bed.case(own, [row], field=column, clean=row.values[column] if column else None)


def foreign(bed: Bed, own: Kind, texts: list[str]) -> None:
    """Lines between the rows that are no rows."""
    for row in bed.rng.sample(bed.shop.events, own.cases):
        added = bed.add(own.table, {"event_type": "none", IN: bed.arrived(row) + 1})
        added.raw = bed.rng.choice(texts).encode()
        bed.case(own, [added])


Made = Callable[[random.Random], tuple[str, str, str]]


def secret(bed: Bed, own: Kind, sort: str, column: str, make: Made) -> None:
    """Something secret in a text: what stands before it, itself, and after it."""
    for row in bed.take(own.table, own.cases, of(sort)):
        before, hidden, after = make(bed.rng)
        row.values[column] = before + hidden + after
        bed.case(own, [row], field=column, clean=(before, after), secrets=(hidden,))


def priced(bed: Bed, own: Kind, platform: str, days: int, change: Callable[[float], float]) -> None:
    """All prices of a platform for some days."""
    day = START_US + bed.rng.randint(5, 20) * DAY
    for row in bed.shop.events:
        values = row.values
        is_in = values.get("platform") == platform and day <= bed.arrived(row) < day + days * DAY
        if is_in and values.get("price") and not bed.has_dirt([row]):
            bed.mark([row])
            clean = values["price"]
            values["price"] = f"{change(float(clean)):.2f}"
            bed.case(own, [row], field="price", clean=clean)


def iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1e6, tz=UTC).isoformat()


def alone(bed: Bed) -> None:
    """Nothing else in this file: what one such line does to the names of columns, it does to all of them."""
    if not bed.is_table_clean:
        raise NoRoom
