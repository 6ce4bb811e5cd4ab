"""What the third hand's kinds of dirt are planted with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from baihuo.exam.independent.kinds import Bed, Kind, NoRoom, kind
from baihuo.exam.independent.rows import PRODUCTS, Both, Row

Values = dict[str, Any]
Change = Callable[[Bed, Values], Any]
FIXED = "note repair withhold"  # a value that a person corrects, takes out or only names
LOST = "note withhold quarantine"  # a value of which nothing is left
GONE = "quarantine note withhold merge"  # a row that is no listing
NOTED = "note withhold"
COPIED = "merge note"
COPY_CHECKS = "near_duplicate likely_duplicate same_listing same_product"


def always(values: Values) -> bool:
    return True


def listing(
    name: str,
    words: str,
    change: Change,
    field: str | Callable[[Values], str | None] = "title_en",
    *,
    fit: Callable[[Values], bool] = always,
    actions: str = FIXED,
    fine: Callable[[Values], tuple[Any, ...]] = lambda values: (),
    **rest: Any,
) -> None:
    """Register a kind that changes one cell of a listing, by all that the listing says."""

    def field_of(values: Values) -> str | None:
        found = field if isinstance(field, str) else field(values)
        return found if found and read(values, found) not in (None, "", [], {}) else None

    def plant(bed: Bed, own: Kind) -> None:
        rows = bed.take(PRODUCTS, own.cases, lambda v: field_of(v) is not None and fit(v))
        for row in rows:
            column = field_of(row.values)
            if column is None:
                continue
            clean, other = read(row.values, column), fine(row.values)
            dirty = change(bed, row.values)
            if isinstance(dirty, Both):
                dirty, clean = dirty.dirty, dirty.clean
            write(row.values, column, dirty)
            bed.case(own, [row], field=column, clean=clean, fine=other)

    plant.__module__ = change.__module__  # the hand is that of the file that says what changes
    kind(name, words, table=PRODUCTS, actions=actions, **rest)(plant)


def read(values: Values, column: str) -> Any:
    if column.startswith("attributes."):
        return (values.get("attributes") or {}).get(column.partition(".")[2])
    return values.get(column)


def write(values: Values, column: str, dirty: Any) -> None:
    if column.startswith("attributes."):
        held = dict(values["attributes"])
        held[column.partition(".")[2]] = dirty
        values["attributes"] = held
    else:
        values[column] = dirty


def text_of(column: str, at_least: int = 4) -> Callable[[Values], bool]:
    """Listings whose text in ``column`` has so many words."""
    return lambda values: len(str(values.get(column) or "").split()) >= at_least


def colour_key(values: Values) -> str | None:
    return _key(values, ("Colour", "product colour"))


def measure_key(values: Values) -> str | None:
    """The first measure that is a number and a unit in one text."""
    for name, value in (values.get("attributes") or {}).items():
        if is_measure(value):
            return f"attributes.{name}"
    return None


def is_measure(value: Any) -> bool:
    parts = str(value).split()
    if not isinstance(value, str) or len(parts) != 2:
        return False
    return parts[0].replace(".", "").isdigit() and parts[1].isalpha() and len(parts[1]) < 6


def _key(values: Values, names: tuple[str, ...]) -> str | None:
    held = values.get("attributes") or {}
    return next((f"attributes.{n}" for n in names if isinstance(held.get(n), str)), None)


def stranger(bed: Bed, values: Values, *differ: str) -> Values:
    """Another listing, which differs in these columns (and has them)."""
    rows = bed.shop.products
    for _ in range(500):
        other = bed.rng.choice(rows)
        if other.key not in bed.taken and all(
            other.values.get(c) and other.values.get(c) != values.get(c)
            for c in ("product_id", *differ)
        ):
            return other.values
    raise NoRoom


def brands(bed: Bed) -> list[str]:
    return sorted({str(r.values["brand"]) for r in bed.sound_products() if r.values.get("brand")})


def blocks(
    bed: Bed, own: Kind, size: int, fit: Callable[[Values], bool] = always
) -> list[list[Row]]:
    """Runs of neighbours of a file without dirt: as many as give the kind its cases."""
    rows, found, at = bed.shop.products, [], 0
    while at + size <= len(rows):
        run = rows[at : at + size]
        if all(r.key not in bed.taken and fit(r.values) for r in run):
            found.append(run)
            at += size
        else:
            at += 1
    return bed.choose(found, -(-own.cases // (size - 1)))  # of each block, one row may stay right


def junk_rows(bed: Bed, own: Kind, make: Callable[[Bed, Values], Values], **rest: Any) -> None:
    """New rows that are no listings, each behind another row of the file."""
    for _ in range(own.cases):
        after = bed.rng.choice([r for r in bed.shop.products if r.key not in bed.taken])
        row = bed.add(PRODUCTS, make(bed, after.values), after=after)
        bed.case(own, [row], **rest)


def copied(bed: Bed, own: Kind, change: Change, fit: Callable[[Values], bool] = always) -> None:
    """Another listing of the same product, which a change tells from the first."""
    for row in bed.take(PRODUCTS, own.cases, fit):
        values = dict(row.values)
        values["product_id"] = (
            f"{values['product_id']}{bed.rng.choice('KLMN')}{bed.rng.randint(2, 9)}"
        )
        if values.get("variants"):
            values["variants"] = [
                v | {"variant_id": f"{values['product_id']}-{n}"}
                for n, v in enumerate(values["variants"])
            ]
        changed = change(bed, values)
        copy = bed.add(PRODUCTS, changed, after=row)
        bed.case(own, [copy, row])
