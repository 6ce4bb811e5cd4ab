"""Which ranges of days must be checked again, because something that their verdicts rest on is new."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from baihuo.engine import Source, Tables
from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.near_duplicates.checks import MERGED
from baihuo.quality.checks.referential_integrity.checks import catalogue_names, keyed
from baihuo.quality.engine.partitions import SLOT, DayRange, RangePlan, files_of
from baihuo.quality.quarantine.overrides import Overrides

_BY_HISTORY = sql_file(__file__, "by_history")

_ORPHANS = "('unknown_product', 'resolved_product', 'merged_product')"
_WAITING = "('purchase_before_view', 'cancel_without_purchase', 'cancel_of_earlier_purchase', 'cancel_of_more_than_bought')"


def by_rows(
    plan: RangePlan, spans: Sequence[DayRange], slots: Mapping[int, int], new: Mapping[int, int]
) -> set[str]:
    """Ranges that hold other rows than they did, or see new ones.

    Args:
        slots: All raw rows by half day.
        new: Those of files that no range has seen.
    """
    before = {p.name: p for p in plan.partitions}
    opened = set()
    for span in spans:
        was = before.get(span.name)
        held = {slot: n for slot, n in slots.items() if span.holds(slot)}
        if was is None or was.waits or held != was.slots or any(span.sees(slot) for slot in new):
            opened.add(span.name)
    return opened


def by_catalogue(
    tables: Tables,
    out: Path,
    spans: Iterable[DayRange],
    *,
    raw: Source,
    products: Source,
    merged: Source,
    work: Path,
) -> set[str]:
    """Ranges whose events name a product that came, went, or is called otherwise than before.

    Args:
        out: where the ranges are, and the catalogue that they were judged by.
        spans: the ranges to look at.
        raw: The raw products; ``products`` the clean ones, ``merged`` what went into which, now.
    """
    before, now = (work / f"names_{n}.parquet" for n in ("before", "now"))
    catalogue_names(
        tables, before, raw_products=raw, products=out / "products.parquet", merged=out / MERGED
    )
    catalogue_names(tables, now, raw_products=raw, products=products, merged=merged)
    changed = work / "names_changed.parquet"
    tables.sql(
        "(SELECT * FROM before EXCEPT SELECT * FROM now) UNION ALL (SELECT * FROM now EXCEPT SELECT * FROM before)",
        out=changed,
        before=before,
        now=now,
    )
    if tables.sql("SELECT count(*) AS n FROM changed", changed=changed)["n"][0].as_py() == 0:
        return set()
    keys, opened = work / "keys_changed.parquet", set()
    tables.map_arrow(keyed, changed, out=keys)
    for span in spans:
        events, _, findings = files_of(out, span.name)
        asked, asked_keys = work / "asked_before.parquet", work / "asked_keys.parquet"
        tables.sql(
            f"""SELECT DISTINCT detail ->> '$.old' AS name FROM findings
                WHERE rule IN {_ORPHANS} AND detail ->> '$.old' IS NOT NULL""",
            out=asked,
            findings=findings,
        )
        tables.map_arrow(keyed, asked, out=asked_keys)
        n = tables.sql(
            """SELECT (SELECT count(*) FROM asked_keys SEMI JOIN keys USING (key))
                    + (SELECT count(*) FROM events WHERE product_id IN (SELECT product_id FROM changed WHERE way = 'id')) AS n""",
            asked_keys=asked_keys,
            keys=keys,
            changed=changed,
            events=events,
        )["n"][0].as_py()
        if n:
            opened.add(span.name)
    return opened


def by_people(
    tables: Tables,
    spans: Sequence[DayRange],
    *,
    raw: Source,
    decided: Iterable[str],
    erased: Iterable[str],
) -> set[str]:
    """Ranges with a row that somebody mended or sent back, or of a visitor who is to be forgotten.

    Args:
        decided: as :func:`decisions` tells them.
        erased: visitors.
    """
    slots: set[int] = set()
    if said := [json.loads(text) for text in sorted(decided)]:
        places = pa.Table.from_pylist(
            [{"import_id": d["import_id"], "line": d["line"]} for d in said],
            schema=pa.schema([("import_id", pa.int32()), ("line", pa.int64())]),
        )
        slots |= _slots(tables, raw, "SEMI JOIN places USING (import_id, line)", places=places)
    if visitors := sorted(erased):
        table = pa.table({"visitor_id": pa.array(visitors, pa.string())})
        slots |= _slots(tables, raw, "SEMI JOIN erased USING (visitor_id)", erased=table)
    return {span.name for span in spans if any(span.sees(slot) for slot in slots)}


def _slots(tables: Tables, raw: Source, chosen: str, **inputs: Source) -> set[int]:
    rows = tables.sql(
        f"SELECT DISTINCT {SLOT} AS slot FROM raw {chosen}", out=None, raw=raw, **inputs
    )
    return set(rows["slot"].to_pylist())


def by_beginning(
    spans: Iterable[DayRange], before: int | None, now: int | None, *, returns_days: int
) -> set[str]:
    """Ranges with days that were in the log's first weeks and no longer are, or are now.

    Args:
        spans: the ranges to look at.
        before: the day that the log began on; ``now``: begins on.
        returns_days: so many days are its first weeks.
    """
    if before == now or before is None or now is None:
        return set()
    first, last = sorted(day + returns_days for day in (before, now))
    return {
        span.name
        for span in spans
        if any(span.sees(slot) for slot in range(2 * first - 1, 2 * last + 1))
    }


def by_history(tables: Tables, out: Path, spans: Iterable[DayRange], *, new: Source) -> set[str]:
    """Ranges with an id that a new row of an earlier range has too, or with a purchase or cancel that
    waited for what happened there."""
    opened = set()
    for span in spans:
        if span.is_first:
            continue
        events, quarantine, findings = files_of(out, span.name)
        n = tables.sql(
            _BY_HISTORY(slot=SLOT, value=2 * span.first_day, waiting=_WAITING),
            out=None,
            events=events,
            quarantine=quarantine,
            findings=findings,
            new=new,
        )["n"][0].as_py()
        if n:
            opened.add(span.name)
    return opened


def decisions(readmitted: Overrides) -> tuple[str, ...]:
    """Everything that people decided about single events, a text each, to tell what is new."""
    rows = [
        row
        for tables in (readmitted.superseded, readmitted.waived)
        if "events" in tables
        for row in tables["events"].to_pylist()
    ]
    return tuple(sorted(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows))
