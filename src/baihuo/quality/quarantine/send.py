"""Importing rows that a person sends in for rows in quarantine."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from baihuo import connect
from baihuo.connect import ImportRecord, Mask, Options
from baihuo.core import BadInput, BrokenFile, Conflict
from baihuo.quality.quarantine.quarantined import IMPORT, QuarantinedRow, RowStore, sent_rows
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
