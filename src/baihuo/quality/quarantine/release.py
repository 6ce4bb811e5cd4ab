"""Sending rows back in: fixed by a person, or as they are because a person says they are right.

The new row is an import of its own whose record holds where it came from, who sent it, when and why.
The next check takes the old row out as merged into the new one, checks the new one like any other,
and counts both. Checks that took a row do not apply to it after its release; they leave a note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from baihuo.connect import Mask
from baihuo.core import BadInput, NotFound
from baihuo.quality.findings import SCHEMAS
from baihuo.quality.quarantine.quarantined import (
    IMPORT,
    QuarantinedRow,
    RowStore,
    find_row,
    values_of,
)
from baihuo.quality.quarantine.send import (
    Shipment,
    import_options,
    import_rows,
    sent_already,
    source_names,
    table_of,
)
from baihuo.quality.spec import On

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
