"""A copy of a shop's rows in a folder of its own, and the checks run over it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo import connect, privacy, quality
from baihuo.core import EVENTS, PRODUCTS, BadInput, Progress, no_progress
from baihuo.engine import Tables
from baihuo.faults import Row, Table

# Files of any format as rows, by way of a temporary folder.


_MASK_KEY = b"exam"  # pseudonyms leave the temporary folder only as examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How files are read, where they do not say so themselves; as ``baihuo import`` takes it."""

    format: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    encoding: str | None = None


def import_rows(
    tables: Tables,
    files: Files,
    *,
    work: Path,
    reading: Reading | None = None,
    max_events: int,
    progress: Progress = no_progress,
) -> Rows:
    """Import files (or folders) into ``work`` and load their rows; personal data is masked.

    Raises:
        BadInput: no file, or an option makes no sense.
        BrokenFile: a file cannot be read.
    """
    reading = reading or Reading()
    paths = {table: connect.data_files(of_table) for table, of_table in files.items()}
    every = [path for of_table in paths.values() for path in of_table]
    if not every:
        raise BadInput("no file to examine", fix="name files with --events and --products")
    for table, of_table in paths.items():
        if of_table:
            connect.import_files(
                of_table,
                raw=work,
                tables=tables,
                mask=privacy.column_mask(_MASK_KEY),
                options=connect.Options(
                    kind=table,
                    format=reading.format,
                    mapping=dict(reading.mapping or {}),
                    currency=reading.currency,
                    encoding=reading.encoding,
                ),
                beside=[path for path in every if path not in of_table],
                progress=progress,
            )
    segments = {table: connect.segments(work, table) for table in paths}
    return load_rows(tables, segments, max_events=max_events)


IMPORT_ID = 1  # of every row of a copy
SCHEMAS: dict[Table, pa.Schema] = {"events": EVENTS, "products": PRODUCTS}
Rows: TypeAlias = "dict[Table, list[Row]]"
Files: TypeAlias = "Mapping[Table, Sequence[Path]]"
Location: TypeAlias = "tuple[Table, int]"
"""(table, line): a row of one copy."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check did with one row of the copy."""

    table: Table
    line: int
    check: str
    action: str
    detail: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_change(self) -> bool:
        """Whether the row was quarantined, merged, repaired or erased; a note changes nothing."""
        return self.action != "note"


@dataclass(frozen=True, slots=True)
class CheckRun:
    """All findings of one run, and what could not be checked, with the reason."""

    findings: list[Finding]
    not_checked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """How the checks are run: as the shop runs them."""

    rules: quality.QualityRules
    now_us: int  # our clock, µs UTC
    pictures: Path | None = None  # the folder that relative paths of pictures start at
    custom: quality.CustomChecks = field(default_factory=quality.CustomChecks)


@dataclass(eq=False)
class Workspace:
    """Rows of both tables, and a folder for what the checks write. The shop's own files are never opened."""

    rows: Rows
    folder: Path
    tables: Tables
    options: CheckOptions

    def n_rows(self) -> int:
        """Rows of both tables."""
        return sum(map(len, self.rows.values()))

    def run_checks(self, name: str) -> CheckRun:
        """Run all checks; results go to the subfolder ``name``. Rows get their line numbers here."""
        out = self.folder / name
        out.mkdir(parents=True)
        self.rows["events"].sort(key=lambda row: row["received_at_us"])
        for table, rows in self.rows.items():
            for line, row in enumerate(rows, start=1):
                row["import_id"], row["line"] = IMPORT_ID, line
            pq.write_table(pa.Table.from_pylist(rows, SCHEMAS[table]), out / f"raw_{table}.parquet")
        no_alerts = {
            "alerts": type(self.options.rules.alerts)()
        }  # nobody is called because of an exam
        report = quality.clean(
            self.tables,
            events=[out / "raw_events.parquet"] if self.rows["events"] else [],
            products=[out / "raw_products.parquet"] if self.rows["products"] else [],
            out=out,
            rules=self.options.rules.model_copy(update=no_alerts),
            now_us=self.options.now_us,
            options=quality.CleanOptions(
                pictures=self.options.pictures, custom=self.options.custom
            ),
        )
        return CheckRun(read_findings(out / "findings.parquet"), report.not_checked)


def read_findings(path: Path) -> list[Finding]:
    """The findings of one run over a copy."""
    return [
        Finding(
            found["table"],
            int(found["row_id"].split(":")[1]),
            found["check"],
            found["action"],
            json.loads(found["detail"] or "{}"),
        )
        for found in pq.read_table(path).to_pylist()
    ]


def load_rows(tables: Tables, files: Files, *, max_events: int) -> Rows:
    """Rows of raw segments as dictionaries, without their origin; of a long log the latest ``max_events``.

    Args:
        files: Parquet files by table; a table may have none.
        max_events: how many events at most. All products are loaded.
    """
    rows: Rows = {"events": [], "products": []}
    for table, paths in files.items():
        if not paths:
            continue
        columns = ", ".join(SCHEMAS[table].names[:-2])
        query = f"SELECT {columns} FROM source ORDER BY import_id, line"
        if table == "events":
            query = (
                f"SELECT {columns} FROM (SELECT * FROM source ORDER BY received_at_us DESC, import_id DESC, "
                f"line DESC LIMIT {max_events}) ORDER BY received_at_us, import_id, line"
            )
        rows[table] = tables.sql(query, source=list(paths)).to_pylist()
    return rows


def copied(rows: Rows) -> Rows:
    """The same rows as new dictionaries: a fault changes cells, never what is inside a cell."""
    return {table: [dict(row) for row in of_table] for table, of_table in rows.items()}
