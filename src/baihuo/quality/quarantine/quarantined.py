"""The rows in quarantine: those refused at import and those that a check took."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from baihuo import connect
from baihuo.core import CATEGORY_SEPARATOR, BadInput, Conflict, NotFound
from baihuo.engine import Source, Tables, sql_text
from baihuo.quality.decided import deciding, read_lines
from baihuo.quality.quarantine.overrides import parse_row_id
from baihuo.quality.spec import On

_REJECTED = "rejected.jsonl"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Who looked at a row and rejected it, and why: it stays out, and is not offered for review again.

    Whoever finds later that it was right can still fix or release it.
    """

    by: str
    why: str
    at_us: int


IMPORT = "import"
"""The ``step`` of rows that were refused at import."""


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
    ]  # fields that have a value; of a refused row those of its JSON, if it was
    raw: str | None = None  # a refused row as it stood in its file
    fix: str | None = None
    waiting: str | None = None  # the row that was sent in for it, until the next check sees it
    rejected: Rejection | None = None  # a person says that it stays out


@dataclass(frozen=True, slots=True)
class RowStore:
    """Where a shop has its rows."""

    tables: Tables
    raw: Path  # 1-raw
    clean: Path  # 2-clean
    replaced: dict[str, str] = field(default_factory=dict)  # row → the row sent in for it
    columns: dict[int, list[str]] = field(default_factory=dict)  # import → those of its CSV file
    checked: frozenset[int] = frozenset()  # imports that the last check saw
    rejected: dict[tuple[str, str], Rejection] = field(default_factory=dict)  # by table and row

    @classmethod
    def of(cls, tables: Tables, raw: Path, clean: Path) -> RowStore:
        """The store of a shop, with the rows that the list of imports says were sent back in."""
        records = connect.imports(raw)
        replaced: dict[str, str] = {}
        for record in records:
            for row in sent_rows(record):
                replaced.setdefault(row["from"], f"{record.import_id}:{row['line']}")
        columns = {record.import_id: record.columns for record in records if record.columns}
        checked, rejected = _checked_imports(clean), read_rejected(raw)
        return cls(tables, raw, clean, replaced, columns, checked, rejected)

    def is_back(self, row_id: str) -> bool:
        """Whether a check saw the row that was sent in for this one."""
        new_id = self.replaced.get(row_id)
        return new_id is not None and parse_row_id(new_id)[0] in self.checked


def read_rejected(raw: Path) -> dict[tuple[str, str], Rejection]:
    """By table and row. A line that a killed process left unfinished is passed over.

    Args:
        raw: the shop's ``1-raw`` folder.
    """
    found: dict[tuple[str, str], Rejection] = {}
    for one in read_lines(raw / _REJECTED):
        try:
            rejection = Rejection(one["by"], one["why"], one["at_us"])
            found.setdefault((one["table"], one["row_id"]), rejection)
        except (KeyError, TypeError):
            continue
    return found


def list_rows(
    store: RowStore,
    *,
    table: On | None = None,
    check: str | None = None,
    limit: int = 50,
    after: str = "",
    is_rejected: bool = False,
) -> list[QuarantinedRow]:
    """Rows in quarantine that wait for a decision, by table and row, those refused at import last.

    Args:
        check: only those that this check took (or this reason refused, or this step).
        after: ``table/row_id`` of the last one seen, to go on from there.
        is_rejected: those that a person rejected, in place of the others.
    """
    rows: list[QuarantinedRow] = []
    is_started = not after
    for row in _all(store, table, check):
        if row.step == IMPORT and store.is_back(row.row_id):
            continue
        if (row.rejected is not None) != is_rejected:
            continue
        if not is_started:
            is_started = f"{row.table}/{row.row_id}" == after
            continue
        rows.append(row)
        if len(rows) >= limit:
            break
    return rows


def count_rows(store: RowStore, *, is_rejected: bool = False) -> list[dict[str, Any]]:
    """How many rows each check has in quarantine: table, step, check, n; most first.

    Args:
        is_rejected: of the rows that a person rejected, in place of those that wait for a decision.
    """
    rejected = pa.table(
        {
            "of": [table for table, _ in store.rejected],
            "row_id": [row_id for _, row_id in store.rejected],
        },
        schema=pa.schema([("of", pa.string()), ("row_id", pa.string())]),
    )
    word = "SEMI" if is_rejected else "ANTI"
    counts = []
    for name in ("events", "products"):
        path = store.clean / f"quarantine_{name}.parquet"
        if path.exists():
            counts += store.tables.sql(
                f"""SELECT '{name}' AS "table", step, "check", count(*) AS n FROM quarantine AS q {word} JOIN rejected AS r
                    ON r.of = '{name}' AND r.row_id = q.import_id || ':' || q.line GROUP BY ALL""",
                out=None,
                quarantine=path,
                rejected=rejected,
            ).to_pylist()
    if refused := _refused(store):
        back = ", ".join(repr(row_id) for row_id in store.replaced if store.is_back(row_id))
        counts += store.tables.sql(
            f"""SELECT "table", '{IMPORT}' AS step, reason AS "check", count(*) AS n FROM quarantine AS q {word} JOIN rejected AS r
                ON r.of = q."table" AND r.row_id = q.import_id || ':' || q.line
                WHERE import_id || ':' || line NOT IN ({back or "''"}) GROUP BY ALL""",
            out=None,
            quarantine=refused,
            rejected=rejected,
        ).to_pylist()
    return sorted(counts, key=lambda c: (-c["n"], c["table"], c["step"], c["check"]))


def reject(
    store: RowStore, row_ids: Sequence[str], *, by: str, why: str, table: On | None = None
) -> None:
    """Keep rows out for good: a person looked at them, and they are wrong. They leave the list.

    Raises:
        NotFound: one of them is not in quarantine.
        BadInput: ``by`` or ``why`` is empty.
        Conflict: one was rejected already, or was sent back in; then none is.
        ShopError: the disk is full.
    """
    rows = [find_row(store, row_id, table) for row_id in dict.fromkeys(row_ids)]
    if not rows:
        raise BadInput("no row to reject", fix="name at least one, as in 3:17")
    for row in rows:
        if row.waiting is not None:
            raise Conflict(
                f"row {row.waiting} was sent in for {row.row_id}",
                fix="run `baihuo check`; what it takes of that row can be rejected",
            )
    with deciding(store.raw / _REJECTED, by=by, why=why, work="rejecting rows") as lines:
        known = read_rejected(store.raw)
        for row in rows:
            if before := known.get((row.table, row.row_id)):
                raise Conflict(
                    f"row {row.row_id} was rejected by {before.by} already",
                    fix="nothing: it stays out; fix or release it if it was right",
                )
        lines += ({"table": row.table, "row_id": row.row_id} for row in rows)


def find_row(
    store: RowStore, row_id: str, table: On | None = None, *, also_back: bool = False
) -> QuarantinedRow:
    """One row in quarantine.

    Args:
        also_back: also a row that an import refused and whose fixed copy is back.

    Raises:
        NotFound: no such row there, or a row of each table has that name; says which.
    """
    rows = [
        row
        for row in _all(store, table, None, row_id)
        if also_back or row.step != IMPORT or not store.is_back(row_id)
    ]
    if not rows:
        raise NotFound(
            f"row {row_id!r} is not in quarantine",
            fix="`baihuo quarantine list` shows what is; `baihuo lineage ROW` says where a row went",
        )
    if len({row.table for row in rows}) > 1:
        raise NotFound(f"both tables have a row {row_id}", fix="say --table events or products")
    return rows[0]


def _all(
    store: RowStore, table: On | None, check: str | None, row_id: str | None = None
) -> Iterator[QuarantinedRow]:
    conditions = ["true"]
    if row_id is not None:
        try:
            import_id, line = parse_row_id(row_id)
        except ValueError:
            return
        conditions.append(f"import_id = {import_id} AND line = {line}")
    quoted = sql_text(check or "")
    by_check = f"""("check" = {quoted} OR step = {quoted})""" if check else "true"
    kinds: tuple[On, ...] = ("events", "products") if table is None else (table,)
    for name in kinds:
        path = store.clean / f"quarantine_{name}.parquet"
        if not path.exists():
            continue
        rows = store.tables.sql(
            f"SELECT * FROM quarantine WHERE {' AND '.join([*conditions, by_check])} ORDER BY import_id, line LIMIT 100000",
            out=None,
            quarantine=path,
        )
        for batch in rows.to_batches(max_chunksize=256):
            for row in batch.to_pylist():
                yield _quarantined_row(store, name, row)
    if refused := _refused(store):
        by_reason = f"(reason = {quoted} OR {quoted} = '{IMPORT}')" if check else "true"
        by_table = f'"table" IN ({", ".join(repr(k) for k in kinds)})'
        rows = store.tables.sql(
            f"SELECT * FROM quarantine WHERE {' AND '.join([*conditions, by_reason, by_table])} "
            'ORDER BY "table", import_id, line LIMIT 100000',
            out=None,
            quarantine=refused,
        )
        for row in rows.to_pylist():
            yield _refused_row(store, row)


def _quarantined_row(store: RowStore, table: str, row: dict[str, Any]) -> QuarantinedRow:
    row_id = f"{row.pop('import_id')}:{row.pop('line')}"
    step, check, detail = row.pop("step"), row.pop("check"), row.pop("detail")
    return QuarantinedRow(
        row_id=row_id,
        table=table,
        step=step,
        check=check,
        detail=json.loads(detail or "{}"),
        values={name: value for name, value in row.items() if value not in (None, [])},
        waiting=store.replaced.get(row_id),
        rejected=store.rejected.get((table, row_id)),
    )


def _refused_row(store: RowStore, row: dict[str, Any]) -> QuarantinedRow:
    row_id = f"{row['import_id']}:{row['line']}"
    return QuarantinedRow(
        row_id=row_id,
        table=row["table"],
        step=IMPORT,
        check=row["reason"],
        detail={"field": row["field"], "value": row["value"]},
        values=_json(row["raw"]) or _cells(store, row["import_id"], row["raw"]),
        raw=row["raw"],
        fix=row["fix"],
        waiting=store.replaced.get(row_id),
        rejected=store.rejected.get((row["table"], row_id)),
    )


def _cells(store: RowStore, import_id: int, raw: str | None) -> dict[str, Any]:
    """The cells of a line of a CSV file by their columns; those that are empty are left out."""
    names = store.columns.get(import_id)
    cells = connect.cells_by_name(raw.rstrip("\r\n"), names) if raw and names else {}
    return {name: cell for name, cell in cells.items() if cell.strip()}


def _json(raw: str | None) -> dict[str, Any]:
    try:
        value = json.loads(raw or "")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _refused(store: RowStore) -> Source:
    """The quarantine files of the imports that the list names."""
    records = connect.imports(store.raw)
    paths = [connect.refused_file(store.raw, r.import_id) for r in records if r.n_quarantined]
    return [path for path in paths if path.exists()]


def sent_rows(record: connect.ImportRecord) -> list[dict[str, Any]]:
    """The rows that a person sent in by this import: ``line``, ``from``, and what was ``set`` or ``waived``."""
    origin: Any = record.options.get("origin") or {}
    return list(origin.get("rows", ()))


def _checked_imports(clean: Path) -> frozenset[int]:
    try:
        report = json.loads((clean / "report.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return frozenset()
    return frozenset(int(file["import_id"]) for file in report.get("files", ()))


def values_of(row: QuarantinedRow) -> dict[str, Any]:
    """The values that an import reads back as the same: category paths and lists written out."""
    values = dict(row.values)
    if row.step == IMPORT:
        return values
    if values.get("category"):
        path = values["category"].split(CATEGORY_SEPARATOR)
        values["category"] = json.dumps(path, ensure_ascii=False)
    for name in ("attributes", "variants"):
        if values.get(name):
            with suppress(ValueError):
                values[name] = json.loads(values[name])
    for name in ("codes", "images"):
        if name in values:
            values[name] = list(values[name])
    return values
