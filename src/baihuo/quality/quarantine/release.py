"""Sending rows back in: fixed by a person, or as they are because a person says they are right.

The new row is an import of its own whose record holds where it came from, who sent it, when and why.
The next check takes the old row out as merged into the new one, checks the new one like any other,
and counts both. Checks that took a row do not apply to it after its release; they leave a note.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from baihuo import connect
from baihuo.connect import ImportRecord, Mask, Options
from baihuo.core import BadInput, BrokenFile, Conflict, NotFound
from baihuo.quality.findings import SCHEMAS
from baihuo.quality.quarantine.quarantined import (
    IMPORT,
    QuarantinedRow,
    RowStore,
    find_row,
    sent_rows,
    values_of,
)
from baihuo.quality.spec import On


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """How rows are sent in: by whom and why, kept with them."""

    kind: Literal["mended", "readmitted"]  # in the list of imports, and in the name of the file
    by: str
    why: str
    mask: Mask


def import_rows(
    store: RowStore,
    rows: Sequence[QuarantinedRow],
    values: Sequence[Mapping[str, Any]],
    origins: Sequence[Mapping[str, Any]],
    shipment: Shipment,
) -> list[str]:
    """Import the values as new rows, one for each of ``rows``; all of them or none.

    Returns:
        The ids of the new rows, in order.

    Raises:
        BadInput: ``by`` or ``why`` is empty, or a value that an import refuses.
        Conflict: a row was sent in for one of them already.
    """
    _check_can_be_sent(rows, shipment)
    names = "-".join(row.row_id.replace(":", "_") for row in rows[:3])
    more = f"-and-{len(rows) - 3}-more" if len(rows) > 3 else ""
    origin = {
        "what": shipment.kind,
        "by": shipment.by,
        "why": shipment.why,
        "at_us": time.time_ns() // 1000,
        "rows": origins,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{shipment.kind}-{names}{more}.jsonl"
        lines = [
            json.dumps({**of_row, "row_mended": row.row_id}, ensure_ascii=False)
            for of_row, row in zip(values, rows, strict=True)
        ]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        try:
            result = connect.import_files(
                [path],
                raw=store.raw,
                tables=store.tables,
                mask=shipment.mask,
                options=read_as(store, rows[0], {n for v in values for n in v}, origin),
                accept=partial(_accept, store, rows),
            )
        except BrokenFile as error:
            raise lacks_fields(rows[0], error) from error
    if not result.import_ids:
        raise Conflict("the same was sent in before", fix="run `baihuo check`")
    return [f"{result.import_ids[0]}:{line}" for line in range(1, len(rows) + 1)]


def _check_can_be_sent(rows: Sequence[QuarantinedRow], shipment: Shipment) -> None:
    if not shipment.by.strip() or not shipment.why.strip():
        raise BadInput("the person or the reason is missing", fix="say who (--by) and why (--why)")
    for row in rows:
        if row.waiting is not None:
            raise sent_already(row.row_id, row.waiting)
        if row.step != IMPORT and row.row_id.startswith("0:") and row.table == "products":
            raise BadInput(
                f"product {row.values.get('product_id')} came by the API",
                fix="send it again, fixed, with POST /v1/products",
            )


def _accept(
    store: RowStore,
    rows: Sequence[QuarantinedRow],
    records: Sequence[ImportRecord],
    record: ImportRecord,
) -> None:
    """Whether an import of rows sent in may count. Asked under the lock of imports: of two who send one row in at a time, one
    is too late, and an import that a killed process left behind never was.

    Raises:
        Conflict: somebody else sent one of the rows in meanwhile.
        BadInput: a row is refused, or a value cannot be read.
    """
    require_not_sent(records, record)
    if record.n_quarantined or record.n_withheld:
        raise refusal(store, rows, record)


def require_not_sent(records: Sequence[ImportRecord], record: ImportRecord) -> None:
    """Whether an import sends in only rows that no import before it sent in.

    Raises:
        Conflict: one of them came already; names the row that came.
    """
    wanted = {sent["from"] for sent in sent_rows(record)}
    for other in records:
        for sent in sent_rows(other) if other.kind == record.kind else ():
            if sent["from"] in wanted:
                raise sent_already(sent["from"], f"{other.import_id}:{sent['line']}")


def refusal(store: RowStore, rows: Sequence[QuarantinedRow], record: ImportRecord) -> BadInput:
    """The error that says which row or value cannot be read. Who corrects a row is there to write the value again, so here a bad
    price is an error."""
    is_refused = record.n_quarantined > 0
    of = connect.refused_file if is_refused else connect.withheld_file
    refused = store.tables.sql(
        "SELECT line, reason, field, value, fix FROM refused ORDER BY line LIMIT 1",
        out=None,
        refused=of(store.raw, record.import_id),
    ).to_pylist()[0]
    first = rows[refused["line"] - 1].row_id
    cell = f", {refused['field']} {refused['value']!r}" if refused["field"] else ""
    what = (
        f"{record.n_quarantined} of {record.n_in} rows sent in are refused"
        if is_refused
        else f"{record.n_withheld} values of {record.n_in} rows sent in cannot be read"
    )
    message = f"{what}, first the one for {first} ({refused['reason']}{cell})"
    return BadInput(f"{message}; nothing was changed", fix=refused["fix"] or "fix that field too")


def lacks_fields(row: QuarantinedRow, error: BrokenFile) -> BadInput:
    """The error of a line of a file that cannot be read as fields."""
    lacks = error.what.partition(": ")[2].partition("; its columns")[0]
    return BadInput(
        f"the line of row {row.row_id} cannot be read as fields ({row.check}): {lacks}; nothing was changed",
        fix="say every field that the row needs, each with --set field=value",
    )


def sent_already(row_id: str, new_id: str) -> Conflict:
    """The error of who sends a row in a second time."""
    return Conflict(
        f"row {new_id} was sent in for {row_id} already",
        fix=f"run `baihuo check`; if that row ends in quarantine, fix it there (`baihuo lineage {new_id}` says)",
    )


def read_as(
    store: RowStore, row: QuarantinedRow, columns: Set[str], origin: Mapping[str, Any]
) -> Options:
    """Our names as they are; a refused row keeps the mapping and the currency of its import."""
    options = import_options(store, row)
    mapping = {ours: theirs for ours, theirs in source_names(options).items() if theirs in columns}
    currency = options.get("currency")
    return connect.Options(
        kind=table_of(row),
        format="jsonl",
        origin=origin,
        mapping=mapping,
        currency=str(currency) if currency else None,
    )


def import_options(store: RowStore, row: QuarantinedRow) -> Mapping[str, Any]:
    """The options of the import that refused a row; none of a row that a check took."""
    if row.step != IMPORT:
        return {}
    import_id = int(row.row_id.split(":")[0])
    records = (r for r in connect.imports(store.raw) if r.import_id == import_id)
    return next((r.options for r in records), {})


def source_names(options: Mapping[str, Any]) -> dict[str, str]:
    """The column that an import reads each field from."""
    return dict(options.get("mapping") or {})


def table_of(row: QuarantinedRow) -> On:
    """The table that a row belongs to."""
    return "events" if row.table == "events" else "products"


_CONSENT = "consent"  # the step whose findings no person may waive
Values = Mapping[str, str | None]


def fix(
    store: RowStore,
    row_id: str,
    values: Values,
    *,
    by: str,
    why: str,
    mask: Mask,
    table: On | None = None,
) -> str:
    """Send a fixed copy of a row in quarantine back in.

    Args:
        values: field → new value as text, read as an import would; None or "" blanks the field.
        by: who says so.
        why: kept with it.

    Returns:
        The id of the new row.

    Raises:
        NotFound: no such row in quarantine.
        BadInput: no such field, or a value that an import refuses; nothing was changed.
        Conflict: a row was sent in for it already.
    """
    return fix_all(
        store, [(_find_to_send(store, row_id, table), values)], by=by, why=why, mask=mask
    )[0]


def fix_all(
    store: RowStore,
    changes: Sequence[tuple[QuarantinedRow, Values]],
    *,
    by: str,
    why: str,
    mask: Mask,
) -> list[str]:
    """Send fixed copies of several rows back in, those of one kind together.

    Returns:
        The ids of the new rows, in order.

    Raises:
        BadInput: as :func:`fix`; of the rows that came in by one file none was changed.
        Conflict: a row was sent in for one of them already.
    """
    groups: dict[tuple[On, str], list[tuple[QuarantinedRow, Values]]] = {}
    for row, values in changes:
        check_fields(row, values)
        import_id = row.row_id.split(":")[0] if row.step == IMPORT else ""
        groups.setdefault((table_of(row), import_id), []).append((row, values))
    new: dict[tuple[str, str], str] = {}
    for group in groups.values():
        rows = [row for row, _ in group]
        names = source_names(import_options(store, rows[0]))
        fixed = [fixed_values(row, values, names) for row, values in group]
        origins = [
            {
                "line": line,
                "from": row.row_id,
                "set": {n: {"old": row.values.get(n), "new": v or None} for n, v in values.items()},
            }
            for line, (row, values) in enumerate(group, start=1)
        ]
        shipment = Shipment(kind="mended", by=by, why=why, mask=mask)
        ids = import_rows(store, rows, fixed, origins, shipment)
        new |= {(row.table, row.row_id): new_id for row, new_id in zip(rows, ids, strict=True)}
    return [new[row.table, row.row_id] for row, _ in changes]


def release_from_quarantine(
    store: RowStore,
    row_ids: Sequence[str],
    *,
    by: str,
    why: str,
    mask: Mask,
    table: On | None = None,
) -> list[str]:
    """Send rows in quarantine back in as they are.

    The checks that took a row are waived for it, and only for it; all others look at it again.

    Returns:
        The ids of the new rows, in order.

    Raises:
        NotFound: one of them is not in quarantine.
        BadInput: one was refused at import: it must be fixed; or the rows are of both tables.
        Conflict: a row was sent in for one of them already.
    """
    rows = [_find_to_send(store, row_id, table) for row_id in dict.fromkeys(row_ids)]
    if not rows:
        raise BadInput("no row to release", fix="name at least one, as in 3:17")
    for row in rows:
        if row.step == IMPORT:
            raise BadInput(
                f"row {row.row_id} was refused at import ({row.check}), so it cannot be read as it is",
                fix=f"fix it: baihuo quarantine fix {row.row_id} --set field=value",
            )
        if row.step == _CONSENT:
            raise BadInput(
                f"the visitor of row {row.row_id} did not consent, and a release cannot consent for them",
                fix="leave it in quarantine; where the file is wrong about it, fix it: "
                f"baihuo quarantine fix {row.row_id} --set consent_personalization=granted",
            )
    if len({row.table for row in rows}) > 1:
        raise BadInput("these rows are of both tables", fix="release events and products apart")
    waived = _checks_that_quarantined(store, rows)
    origins = [
        {"line": line, "from": row.row_id, "waived": waived[row.row_id]}
        for line, row in enumerate(rows, start=1)
    ]
    shipment = Shipment(kind="readmitted", by=by, why=why, mask=mask)
    return import_rows(store, rows, [values_of(row) for row in rows], origins, shipment)


def _find_to_send(store: RowStore, row_id: str, table: On | None) -> QuarantinedRow:
    """A row in quarantine; of one that came back already the error says as what, so that who retries knows that it was done."""
    try:
        return find_row(store, row_id, table)
    except NotFound as error:
        if new_id := store.replaced.get(row_id):
            raise sent_already(row_id, new_id) from error
        raise


def fixed_values(row: QuarantinedRow, values: Values, names: Mapping[str, str]) -> dict[str, Any]:
    """The values of a row with some of them changed, under the ``names`` that its import reads."""
    fixed = values_of(row)
    if _is_received_when_it_occurred(row) and values.get("occurred_at_us"):
        del fixed["received_at_us"]  # the import had it from the time that was wrong
    return fixed | {
        names.get(n, n) if n not in row.values else n: v or None for n, v in values.items()
    }


def _is_received_when_it_occurred(row: QuarantinedRow) -> bool:
    """Whether an imported event has no time of receipt of its own."""
    is_live = row.row_id.startswith("0:")
    times = {row.values.get("received_at_us"), row.values.get("occurred_at_us")}
    return row.table == "events" and row.step != IMPORT and not is_live and len(times) == 1


def check_fields(row: QuarantinedRow, values: Values) -> None:
    """Refuse fields that a row of its table does not have.

    Raises:
        BadInput: there is no such field, or nothing to fix.
    """
    known = [n for n in SCHEMAS[table_of(row)].names if n not in ("import_id", "line")]
    if row.step == IMPORT:
        known += ["price", "title", "description", *row.values]
    if unknown := [name for name in values if name not in known]:
        raise BadInput(
            f"{row.table} have no field {unknown[0]!r}",
            fix=f"one of {', '.join(dict.fromkeys(known))}",
        )
    if not values:
        raise BadInput("nothing to fix", fix="say --set field=value, or release the row as it is")


def _checks_that_quarantined(
    store: RowStore, rows: Sequence[QuarantinedRow]
) -> dict[str, list[str]]:
    """The checks that took rows of one table, by row."""
    table, wanted = rows[0].table, pa.table({"row_id": [row.row_id for row in rows]})
    found = store.tables.sql(
        f"""SELECT row_id, list_sort(list(DISTINCT "check")) AS names FROM findings SEMI JOIN wanted USING (row_id)
            WHERE "table" = '{table}' AND action = 'quarantine' GROUP BY row_id""",
        out=None,
        findings=store.clean / "findings.parquet",
        wanted=wanted,
    ).to_pylist()
    return {row.row_id: [row.check] for row in rows} | {f["row_id"]: f["names"] for f in found}
