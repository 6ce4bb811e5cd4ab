"""The rows that were kept aside: those refused at import and those that a check took."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baihuo import connect
from baihuo.core import NotFound
from baihuo.engine import Source, Tables
from baihuo.quality.quarantine.overrides import place
from baihuo.quality.spec import On

IMPORT = "import"
"""The ``step`` of rows that never came past the import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """One row in quarantine."""

    row_id: str
    table: str
    step: str
    check: str  # at import: the reason
    detail: dict[str, Any]
    values: dict[
        str, Any
    ]  # its fields, the known ones; a refused row's source fields if it was JSON
    raw: str | None = None  # a refused row as it stood in its file
    fix: str | None = None
    waiting: str | None = None  # the row that was sent in for it, until the next check sees it


@dataclass(frozen=True, slots=True)
class RowStore:
    """Where a shop keeps its rows."""

    tables: Tables
    raw: Path  # 1-raw
    clean: Path  # 2-clean
    replaced: dict[str, str] = field(default_factory=dict)  # row → the row sent in for it

    @classmethod
    def of(cls, tables: Tables, raw: Path, clean: Path) -> RowStore:
        """With what the list of imports says of rows that were sent back in."""
        replaced = {
            row["from"]: f"{record.import_id}:{row['line']}"
            for record in connect.imports(raw)
            for row in _origin(record).get("rows", ())
        }
        return cls(tables, raw, clean, replaced)


def listed(
    at: RowStore,
    *,
    table: On | None = None,
    check: str | None = None,
    limit: int = 50,
    after: str = "",
) -> list[QuarantinedRow]:
    """Rows in quarantine, by table and row, those refused at import last.

    Args:
        check: only those that this check took (or this reason refused, or this step).
        after: ``table/row_id`` of the last one seen, to go on from there.
    """
    found: list[QuarantinedRow] = []
    n_before, started = 0, not after
    for kept in _all(at, table, check):
        if not started:
            started = f"{kept.table}/{kept.row_id}" == after
            n_before += 1
            continue
        found.append(kept)
        if len(found) >= limit:
            break
    return found


def counted(at: RowStore) -> list[dict[str, Any]]:
    """How many rows each check keeps in quarantine: table, step, check, n; most first."""
    counts = []
    for name in ("events", "products"):
        path = at.clean / f"quarantine_{name}.parquet"
        if path.exists():
            counts += at.tables.sql(
                f"""SELECT '{name}' AS "table", step, "check", count(*) AS n FROM q GROUP BY ALL""",
                out=None,
                q=path,
            ).to_pylist()
    if refused := _refused(at):
        counts += at.tables.sql(
            f"""SELECT "table", '{IMPORT}' AS step, reason AS "check", count(*) AS n FROM q GROUP BY ALL""",
            out=None,
            q=refused,
        ).to_pylist()
    return sorted(counts, key=lambda c: (-c["n"], c["table"], c["step"], c["check"]))


def shown(at: RowStore, row_id: str, table: On | None = None) -> QuarantinedRow:
    """One row in quarantine.

    Raises:
        NotFound: no such row there, or a row of each table has that name; says which.
    """
    found = list(_all(at, table, None, row_id))
    if not found:
        raise NotFound(
            f"row {row_id!r} is not in quarantine",
            fix="`baihuo quarantine list` shows what is; `baihuo lineage ROW` says where a row went",
        )
    if len({kept.table for kept in found}) > 1:
        raise NotFound(f"both tables have a row {row_id}", fix="say --table events or products")
    return found[0]


def _all(
    at: RowStore, table: On | None, check: str | None, row_id: str | None = None
) -> Iterator[QuarantinedRow]:
    wanted = ["true"]
    if row_id is not None:
        try:
            import_id, line = place(row_id)
        except ValueError:
            return
        wanted.append(f"import_id = {import_id} AND line = {line}")
    one = "'" + (check or "").replace("'", "''") + "'"
    by_check = f"""("check" = {one} OR step = {one})""" if check else "true"
    kinds: tuple[On, ...] = ("events", "products") if table is None else (table,)
    for name in kinds:
        path = at.clean / f"quarantine_{name}.parquet"
        if not path.exists():
            continue
        rows = at.tables.sql(
            f"SELECT * FROM q WHERE {' AND '.join([*wanted, by_check])} ORDER BY import_id, line LIMIT 100000",
            out=None,
            q=path,
        )
        for batch in rows.to_batches(max_chunksize=256):
            for row in batch.to_pylist():
                yield _taken(at, name, row)
    if refused := _refused(at):
        by_reason = f"(reason = {one} OR {one} = '{IMPORT}')" if check else "true"
        of = f'"table" IN ({", ".join(repr(k) for k in kinds)})'
        rows = at.tables.sql(
            f"SELECT * FROM q WHERE {' AND '.join([*wanted, by_reason, of])} "
            'ORDER BY "table", import_id, line LIMIT 100000',
            out=None,
            q=refused,
        )
        for row in rows.to_pylist():
            yield _refused_row(at, row)


def _taken(at: RowStore, table: str, row: dict[str, Any]) -> QuarantinedRow:
    row_id = f"{row.pop('import_id')}:{row.pop('line')}"
    step, check, detail = row.pop("step"), row.pop("check"), row.pop("detail")
    return QuarantinedRow(
        row_id=row_id,
        table=table,
        step=step,
        check=check,
        detail=json.loads(detail or "{}"),
        values={name: value for name, value in row.items() if value not in (None, [])},
        waiting=at.replaced.get(row_id),
    )


def _refused_row(at: RowStore, row: dict[str, Any]) -> QuarantinedRow:
    row_id = f"{row['import_id']}:{row['line']}"
    return QuarantinedRow(
        row_id=row_id,
        table=row["table"],
        step=IMPORT,
        check=row["reason"],
        detail={"field": row["field"], "value": row["value"]},
        values=_json(row["raw"]),
        raw=row["raw"],
        fix=row["fix"],
        waiting=at.replaced.get(row_id),
    )


def _json(raw: str | None) -> dict[str, Any]:
    try:
        said = json.loads(raw or "")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _refused(at: RowStore) -> Source:
    """The quarantine files of the imports that the list names."""
    records = connect.imports(at.raw)
    paths = [connect.refused(at.raw, r.import_id) for r in records if r.n_quarantined]
    return [path for path in paths if path.exists()]


def _origin(record: connect.ImportRecord) -> dict[str, Any]:
    origin: Any = record.options.get("origin") or {}
    return dict(origin)
