"""Which ranges of days must be checked again, because something that their verdicts rest on is new."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from baihuo.engine import Source, Tables, sql_file
from baihuo.quality.checks.near_duplicates.checks import MERGED
from baihuo.quality.checks.referential_integrity.checks import catalogue_names, keyed
from baihuo.quality.engine.day_ranges import SLOT, DayRange
from baihuo.quality.engine.partitions import RangePlan, range_files
from baihuo.quality.quarantine.overrides import Overrides
from baihuo.quality.spec import CheckContext

_ROWS_THAT_REST_ON_EARLIER_DAYS = sql_file(__file__, "rows_that_rest_on_earlier_days")
_EVENTS_THAT_NAME_CHANGED_PRODUCTS = sql_file(__file__, "events_that_name_changed_products")
_NAMED_PRODUCTS = sql_file(__file__, "named_products")
_CHANGED_NAMES = sql_file(__file__, "changed_names")

_ORPHANS = "('unknown_product', 'resolved_product', 'merged_product')"
_WAITING = (
    "('purchase_before_view', 'cancel_without_purchase', "
    "'cancel_of_earlier_purchase', 'cancel_of_more_than_bought')"
)


def by_rows(
    plan: RangePlan,
    day_ranges: Sequence[DayRange],
    slots: Mapping[int, int],
    new: Mapping[int, int],
) -> set[str]:
    """Ranges that hold other rows than they did, or see new ones.

    Args:
        slots: All raw rows by half day.
        new: Those of files that no range has seen.
    """
    before = {p.name: p for p in plan.partitions}
    invalid = set()
    for day_range in day_ranges:
        checked = before.get(day_range.name)
        held = {slot: n for slot, n in slots.items() if day_range.holds(slot)}
        is_as_before = checked is not None and not checked.waits and held == checked.slots
        if not is_as_before or any(day_range.sees(slot) for slot in new):
            invalid.add(day_range.name)
    return invalid


def by_catalogue(
    tables: Tables, context: CheckContext, day_ranges: Iterable[DayRange], *, work: Path
) -> set[str]:
    """Ranges whose events name a product that came, went, or has another name than before.

    Args:
        context: the catalogue as it is now, and where the last run left its own.
        day_ranges: the ranges to look at.
        work: a folder for temporary files.
    """
    out = context.out
    before, now = (work / f"names_{n}.parquet" for n in ("before", "now"))
    for names, products, merged in (
        (before, out / "products.parquet", out / MERGED),
        (now, context.products, context.merged),
    ):
        if products is None or merged is None:
            return set()
        catalogue_names(
            tables, names, raw_products=context.raw_products, products=products, merged=merged
        )
    changed = work / "names_changed.parquet"
    tables.sql(_CHANGED_NAMES(), out=changed, before=before, now=now)
    if tables.sql("SELECT count(*) AS n FROM changed", changed=changed)["n"][0].as_py() == 0:
        return set()
    keys, invalid = work / "keys_changed.parquet", set()
    tables.map_arrow(keyed, changed, out=keys)
    named, named_keys = work / "named_before.parquet", work / "named_keys.parquet"
    for day_range in day_ranges:
        events, _, findings = range_files(out, day_range.name)
        tables.sql(_NAMED_PRODUCTS(checks=_ORPHANS), out=named, findings=findings)
        tables.map_arrow(keyed, named, out=named_keys)
        n = tables.sql(
            _EVENTS_THAT_NAME_CHANGED_PRODUCTS(),
            out=None,
            named_keys=named_keys,
            changed_keys=keys,
            changed=changed,
            events=events,
        )["n"][0].as_py()
        if n:
            invalid.add(day_range.name)
    return invalid


def by_people(
    tables: Tables,
    day_ranges: Sequence[DayRange],
    *,
    raw: Source,
    decided: Iterable[str],
    erased: Iterable[str],
) -> set[str]:
    """Ranges with a row that somebody fixed or released, or of a visitor who is to be forgotten.

    Args:
        decided: as :func:`decisions` lists them.
        erased: visitors.
    """
    slots: set[int] = set()
    if rows := [json.loads(text) for text in sorted(decided)]:
        row_ids = pa.Table.from_pylist(
            [{"import_id": row["import_id"], "line": row["line"]} for row in rows],
            schema=pa.schema([("import_id", pa.int32()), ("line", pa.int64())]),
        )
        condition = "SEMI JOIN row_ids USING (import_id, line)"
        slots |= _slots(tables, raw, condition, row_ids=row_ids)
    if visitors := sorted(erased):
        table = pa.table({"visitor_id": pa.array(visitors, pa.string())})
        slots |= _slots(tables, raw, "SEMI JOIN erased USING (visitor_id)", erased=table)
    return {r.name for r in day_ranges if any(r.sees(slot) for slot in slots)}


def _slots(tables: Tables, raw: Source, condition: str, **inputs: Source) -> set[int]:
    rows = tables.sql(
        f"SELECT DISTINCT {SLOT} AS slot FROM raw {condition}", out=None, raw=raw, **inputs
    )
    return set(rows["slot"].to_pylist())


def by_beginning(
    day_ranges: Iterable[DayRange], before: int | None, now: int | None, *, returns_days: int
) -> set[str]:
    """Ranges with days that were in the log's first weeks and no longer are, or are now.

    Args:
        day_ranges: the ranges to look at.
        before: the day that the log began on; ``now``: begins on.
        returns_days: how many days its first weeks are.
    """
    if before == now or before is None or now is None:
        return set()
    first, last = sorted(day + returns_days for day in (before, now))
    slots = range(2 * first - 1, 2 * last + 1)
    return {r.name for r in day_ranges if any(r.sees(slot) for slot in slots)}


def by_history(
    tables: Tables, out: Path, day_ranges: Iterable[DayRange], *, new: Source
) -> set[str]:
    """Ranges with an id that a new row of an earlier range has too, or with a purchase or cancel that
    waited for what happened there."""
    invalid = set()
    for day_range in day_ranges:
        if day_range.is_first:
            continue
        events, quarantine, findings = range_files(out, day_range.name)
        statement = _ROWS_THAT_REST_ON_EARLIER_DAYS(
            slot=SLOT, first_slot=2 * day_range.first_day, waiting=_WAITING
        )
        n = tables.sql(
            statement, out=None, events=events, quarantine=quarantine, findings=findings, new=new
        )["n"][0].as_py()
        if n:
            invalid.add(day_range.name)
    return invalid


def decisions(overrides: Overrides) -> tuple[str, ...]:
    """Everything that people decided about single events, one text for each, to see what is new."""
    rows = [
        row
        for tables in (overrides.superseded, overrides.waived)
        if "events" in tables
        for row in tables["events"].to_pylist()
    ]
    return tuple(sorted(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows))
