"""Rows that no import could read, counted for the report: they are as lost as rows in quarantine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from baihuo import connect
from baihuo.connect import ImportRecord
from baihuo.quality.check import On
from baihuo.quality.readmitted import place
from baihuo.quality.report import RefusedRows


def refused_rows(raw: Path) -> tuple[RefusedRows, ...]:
    """What is missing of the shop's imports, a table each; tables that miss nothing are left out.

    A row counts until somebody sends a fixed copy of it in (``baihuo quarantine mend``), until the same
    bytes are imported another way (a mapping, an encoding), or until a corrected copy of its file
    comes: a later import of the same name with as many rows.

    Args:
        raw: the shop's ``1-raw`` folder.
    """
    records = connect.imports(raw)
    fixed = {row["from"] for record in records for row in _sent_in(record)}
    found = []
    tables: tuple[On, ...] = ("events", "products")
    for table in tables:
        files = [r for r in records if r.kind == table and not _sent_in(r)]
        newest = {(tuple(r.files), r.n_in): r.import_id for r in files}  # the list is in order
        reasons: Counter[str] = Counter()
        n_read = 0
        for record in files:
            if newest[tuple(record.files), record.n_in] != record.import_id:
                continue
            n_read += record.n_in
            reasons.update(record.reasons)
            reasons.subtract(_reasons(raw, record, fixed))
        missing = {reason: n for reason, n in reasons.most_common() if n > 0}
        if missing:
            found.append(RefusedRows(table, n_read, sum(missing.values()), missing))
    return tuple(found)


def _reasons(raw: Path, record: ImportRecord, rows: set[str]) -> Counter[str]:
    """Why this import had refused those of ``rows`` that it refused."""
    lines = {line for i, line in map(place, rows) if i == record.import_id}
    if not lines or not record.n_quarantined:
        return Counter()
    kept = pq.read_table(connect.refused(raw, record.import_id), columns=["line", "reason"])
    pairs = zip(kept["line"].to_pylist(), kept["reason"].to_pylist(), strict=True)
    return Counter(reason for line, reason in pairs if line in lines)


def _sent_in(record: ImportRecord) -> list[dict[str, Any]]:
    origin: Any = record.options.get("origin") or {}
    return list(origin.get("rows", ()))
