"""Sending rows back in: mended by a person, or as they are because a person says they are right.

The new row is an import of its own whose record holds where it came from, who sent it, when and why.
The next check takes the old row out as merged into the new one, checks the new one like any other,
and counts both; a row readmitted as it is is spared the very checks that took it, and they note so.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from baihuo import connect
from baihuo.connect import Mask
from baihuo.core import BadInput, Conflict
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.quality.findings import SCHEMAS
from baihuo.quality.quarantine.quarantined import IMPORT, QuarantinedRow, RowStore, shown
from baihuo.quality.spec import On

_JSON_FIELDS = ("attributes", "variants")
_LISTS = ("codes", "images")


def mend(
    at: RowStore,
    row_id: str,
    values: Mapping[str, str | None],
    *,
    by: str,
    why: str,
    mask: Mask,
    table: On | None = None,
) -> str:
    """Send a mended copy of a row in quarantine back in; answers with the new row's id.

    Args:
        values: field → new value as text, read as an import would; None or "" blanks the field.
        by: who says so.
        why: kept with it.

    Raises:
        NotFound: no such row in quarantine.
        BadInput: no such field, or a value that an import refuses; nothing was changed.
        Conflict: a row was sent in for it already.
    """
    return mend_all(at, [(shown(at, row_id, table), values)], by=by, why=why, mask=mask)[0]


def mend_all(
    at: RowStore,
    wanted: Sequence[tuple[QuarantinedRow, Mapping[str, str | None]]],
    *,
    by: str,
    why: str,
    mask: Mask,
) -> list[str]:
    """Send mended copies of several rows back in, those of one kind together; answers with their ids.

    Raises:
        BadInput: as :func:`mend`; of the rows that came in by one file none was changed.
        Conflict: a row was sent in for one of them already.
    """
    groups: dict[tuple[On, str], list[tuple[QuarantinedRow, Mapping[str, str | None]]]] = {}
    for kept, values in wanted:
        _check_fields(kept, values)
        came_by = kept.row_id.split(":")[0] if kept.step == IMPORT else ""
        groups.setdefault((_on(kept), came_by), []).append((kept, values))
    new: dict[tuple[str, str], str] = {}
    for group in groups.values():
        rows = [kept for kept, _ in group]
        said = [
            {
                "line": line,
                "from": kept.row_id,
                "set": {
                    n: {"old": kept.values.get(n), "new": v or None} for n, v in values.items()
                },
            }
            for line, (kept, values) in enumerate(group, start=1)
        ]
        mended = [
            {**values_of(k), **{n: v or None for n, v in values.items()}} for k, values in group
        ]
        ids = _send(at, rows, mended, said, by=by, why=why, mask=mask, what="mended")
        new |= {(k.table, k.row_id): i for k, i in zip(rows, ids, strict=True)}
    return [new[kept.table, kept.row_id] for kept, _ in wanted]


def _check_fields(kept: QuarantinedRow, values: Mapping[str, str | None]) -> None:
    known = [n for n in SCHEMAS[_on(kept)].names if n not in ("import_id", "line")]
    if kept.step == IMPORT:
        known += ["price", "title", "description", *kept.values]
    if wrong := [name for name in values if name not in known]:
        raise BadInput(
            f"{kept.table} have no field {wrong[0]!r}",
            fix=f"one of {', '.join(dict.fromkeys(known))}",
        )
    if not values:
        raise BadInput("nothing to mend", fix="say --set field=value, or readmit it as it is")


def readmit(
    at: RowStore, row_ids: Sequence[str], *, by: str, why: str, mask: Mask, table: On | None = None
) -> list[str]:
    """Send rows in quarantine back in as they are; answers with the new rows' ids, in order.

    The checks that took a row are waived for it, and only for it; all others look at it again.

    Raises:
        NotFound: one of them is not in quarantine.
        BadInput: one was refused at import: it must be mended; or the rows are of both tables.
        Conflict: a row was sent in for one of them already.
    """
    rows = [shown(at, row_id, table) for row_id in dict.fromkeys(row_ids)]
    if not rows:
        raise BadInput("no row to readmit", fix="name at least one, as in 3:17")
    for kept in rows:
        if kept.step == IMPORT:
            raise BadInput(
                f"row {kept.row_id} was refused at import ({kept.check}), so it cannot be read as it is",
                fix=f"mend it: baihuo quarantine mend {kept.row_id} --set field=value",
            )
    if len({kept.table for kept in rows}) > 1:
        raise BadInput("these rows are of both tables", fix="readmit events and products apart")
    said = [
        {"line": i, "from": kept.row_id, "waived": _took(at, kept)}
        for i, kept in enumerate(rows, start=1)
    ]
    return _send(
        at, rows, [values_of(k) for k in rows], said, by=by, why=why, mask=mask, what="readmitted"
    )


def _send(
    at: RowStore,
    rows: Sequence[QuarantinedRow],
    values: Sequence[Mapping[str, Any]],
    said: Sequence[Mapping[str, Any]],
    *,
    by: str,
    why: str,
    mask: Mask,
    what: str,
) -> list[str]:
    if not by.strip() or not why.strip():
        raise BadInput("nobody, or no reason, is named", fix="say who (--by) and why (--why)")
    for kept in rows:
        if kept.waiting is not None:
            raise Conflict(
                f"row {kept.waiting} was sent in for {kept.row_id} already",
                fix="run `baihuo check`; if that row ends in quarantine, mend it there",
            )
        if kept.step != IMPORT and kept.row_id.startswith("0:") and kept.table == "products":
            raise BadInput(
                f"product {kept.values.get('product_id')} came by the API",
                fix="send it again, mended, with POST /v1/products",
            )
    names = "-".join(kept.row_id.replace(":", "_") for kept in rows[:3])
    more = f"-and-{len(rows) - 3}-more" if len(rows) > 3 else ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{what}-{names}{more}.jsonl"
        lines = [
            json.dumps({**v, "row_mended": k.row_id}, ensure_ascii=False)
            for v, k in zip(values, rows, strict=True)
        ]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        origin = {"what": what, "by": by, "why": why, "at_us": time.time_ns() // 1000, "rows": said}
        result = connect.import_files(
            [path],
            raw=at.raw,
            tables=at.tables,
            mask=mask,
            kind=_on(rows[0]),
            format="jsonl",
            origin=origin,
            mapping=_mapping(at, rows[0]),
        )
    if not result.import_ids:
        raise Conflict("the same was sent in before", fix="run `baihuo check`")
    if result.n_quarantined:
        [record] = result.records
        refused = at.tables.sql(
            "SELECT line, reason, field, value, fix FROM q ORDER BY line LIMIT 1",
            out=None,
            q=connect.refused(at.raw, record.import_id),
        ).to_pylist()[0]
        connect.withdraw(at.raw, record.import_id)
        first = rows[refused["line"] - 1].row_id
        about = f", {refused['field']} {refused['value']!r}" if refused["field"] else ""
        what = (
            f"{result.n_quarantined} of {result.n_in} rows sent in are refused, first the one for {first} "
            f"({refused['reason']}{about})"
        )
        raise BadInput(f"{what}; nothing was changed", fix=refused["fix"] or "mend that field too")
    return [f"{result.import_ids[0]}:{i}" for i in range(1, len(rows) + 1)]


def _mapping(at: RowStore, kept: QuarantinedRow) -> dict[str, str]:
    """Our names as they are; a refused row keeps the names that its import was told to read."""
    if kept.step != IMPORT:
        return {}
    import_id = int(kept.row_id.split(":")[0])
    for record in connect.imports(at.raw):
        if record.import_id == import_id:
            mapping: Any = record.options.get("mapping") or {}
            return {ours: theirs for ours, theirs in mapping.items() if theirs in kept.values}
    return {}


def values_of(kept: QuarantinedRow) -> dict[str, Any]:
    """A row's values as an import reads them back to the same: paths and lists spelt out."""
    values = dict(kept.values)
    if kept.step == IMPORT:
        return values
    if values.get("category"):
        values["category"] = json.dumps(
            values["category"].split(CATEGORY_SEPARATOR), ensure_ascii=False
        )
    for name in _JSON_FIELDS:
        if values.get(name):
            values[name] = json.loads(values[name]) if _is_json(values[name]) else values[name]
    for name in _LISTS:
        if name in values:
            values[name] = list(values[name])
    return values


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _took(at: RowStore, kept: QuarantinedRow) -> list[str]:
    """The checks that put a row in quarantine."""
    row_id = kept.row_id.replace("'", "''")
    found = at.tables.sql(
        f"""SELECT DISTINCT "check" AS name FROM f WHERE "table" = '{kept.table}' AND row_id = '{row_id}'
            AND action = 'quarantine' ORDER BY name""",
        out=None,
        f=at.clean / "findings.parquet",
    ).to_pylist()
    return [row["name"] for row in found] or [kept.check]


def _on(kept: QuarantinedRow) -> On:
    return "events" if kept.table == "events" else "products"
