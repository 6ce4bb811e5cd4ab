"""Importing rows that a person sends in for rows in quarantine."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from baihuo import connect
from baihuo.connect import ImportResult, Mask
from baihuo.core import BadInput, Conflict
from baihuo.quality.quarantine.quarantined import IMPORT, QuarantinedRow, RowStore
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
        BadInput: nobody or no reason is named, or a value that an import refuses.
        Conflict: a row was sent in for one of them already.
    """
    _check_can_be_sent(rows, shipment)
    names = "-".join(row.row_id.replace(":", "_") for row in rows[:3])
    more = f"-and-{len(rows) - 3}-more" if len(rows) > 3 else ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{shipment.kind}-{names}{more}.jsonl"
        lines = [
            json.dumps({**of_row, "row_mended": row.row_id}, ensure_ascii=False)
            for of_row, row in zip(values, rows, strict=True)
        ]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        result = connect.import_files(
            [path],
            raw=store.raw,
            tables=store.tables,
            mask=shipment.mask,
            options=connect.Options(
                kind=table_of(rows[0]),
                format="jsonl",
                origin={
                    "what": shipment.kind,
                    "by": shipment.by,
                    "why": shipment.why,
                    "at_us": time.time_ns() // 1000,
                    "rows": origins,
                },
                mapping=dict(_mapping(store, rows[0]) or {}),
            ),
        )
    if not result.import_ids:
        raise Conflict("the same was sent in before", fix="run `baihuo check`")
    if result.n_quarantined or result.n_withheld:
        raise _undo(store, rows, result)
    return [f"{result.import_ids[0]}:{line}" for line in range(1, len(rows) + 1)]


def _check_can_be_sent(rows: Sequence[QuarantinedRow], shipment: Shipment) -> None:
    if not shipment.by.strip() or not shipment.why.strip():
        raise BadInput("nobody, or no reason, is named", fix="say who (--by) and why (--why)")
    for row in rows:
        if row.waiting is not None:
            raise Conflict(
                f"row {row.waiting} was sent in for {row.row_id} already",
                fix="run `baihuo check`; if that row ends in quarantine, fix it there",
            )
        if row.step != IMPORT and row.row_id.startswith("0:") and row.table == "products":
            raise BadInput(
                f"product {row.values.get('product_id')} came by the API",
                fix="send it again, fixed, with POST /v1/products",
            )


def _undo(store: RowStore, rows: Sequence[QuarantinedRow], result: ImportResult) -> BadInput:
    """Withdraw an import that refused some of its rows, or withheld values of them; the error that says which. Who corrects
    a row is there to write the value again, so here a bad price is an error."""
    [record] = result.records
    is_refused = result.n_quarantined > 0
    of = connect.refused_file if is_refused else connect.withheld_file
    refused = store.tables.sql(
        "SELECT line, reason, field, value, fix FROM refused ORDER BY line LIMIT 1",
        out=None,
        refused=of(store.raw, record.import_id),
    ).to_pylist()[0]
    connect.withdraw(store.raw, record.import_id)
    first = rows[refused["line"] - 1].row_id
    cell = f", {refused['field']} {refused['value']!r}" if refused["field"] else ""
    what = (
        f"{result.n_quarantined} of {result.n_in} rows sent in are refused"
        if is_refused
        else f"{result.n_withheld} values of {result.n_in} rows sent in cannot be read"
    )
    message = f"{what}, first the one for {first} ({refused['reason']}{cell})"
    return BadInput(f"{message}; nothing was changed", fix=refused["fix"] or "fix that field too")


def _mapping(store: RowStore, row: QuarantinedRow) -> dict[str, str]:
    """Our names as they are; a refused row keeps the mapping of its import."""
    if row.step != IMPORT:
        return {}
    import_id = int(row.row_id.split(":")[0])
    for record in connect.imports(store.raw):
        if record.import_id == import_id:
            mapping: Any = record.options.get("mapping") or {}
            return {ours: theirs for ours, theirs in mapping.items() if theirs in row.values}
    return {}


def table_of(row: QuarantinedRow) -> On:
    """The table that a row belongs to."""
    return "events" if row.table == "events" else "products"
