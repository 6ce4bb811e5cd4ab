"""Rows that no import could read, counted for the report: they are missing like rows in quarantine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from baihuo import connect
from baihuo.connect import ImportRecord
from baihuo.quality.counts import RefusedRows
from baihuo.quality.quarantine.overrides import parse_row_id
from baihuo.quality.spec import On

_SAME_SHARE = 0.5  # of the rows kept before; a correction may touch those too


def refused_rows(raw: Path) -> tuple[RefusedRows, ...]:
    """What is missing of the shop's imports, by table; tables that miss nothing are left out.

    A row counts until somebody sends a fixed copy of it in (``baihuo quarantine fix``), until the same
    bytes are imported another way (a mapping, an encoding), or until a corrected copy of its file
    comes: a later import of the same name with as many rows, most of which are the same. Another day's
    export under the same name takes nothing away.

    Args:
        raw: the shop's ``1-raw`` folder.
    """
    records = connect.imports(raw)
    fixed = {row["from"] for record in records for row in _sent_in(record)}
    found = []
    tables: tuple[On, ...] = ("events", "products")
    for table in tables:
        files = [r for r in records if r.kind == table and not _sent_in(r)]
        reasons: Counter[str] = Counter()
        n_read = 0
        for i, record in enumerate(files):  # in the order in which they came
            if any(_is_copy(raw, record, later) for later in files[i + 1 :]):
                continue
            n_read += record.n_in
            reasons.update(record.reasons)
            reasons.subtract(_reasons(raw, record, fixed))
        missing = {reason: n for reason, n in reasons.most_common() if n > 0}
        if missing:
            found.append(RefusedRows(table, n_read, sum(missing.values()), missing))
    return tuple(found)


def _is_copy(raw: Path, record: ImportRecord, later: ImportRecord) -> bool:
    """Whether ``later`` is the same file again, with some of its rows corrected."""
    if (record.files, record.n_in) != (later.files, later.n_in) or not record.n_quarantined:
        return False
    if not record.n_kept:
        return True  # only its name and length can be compared
    names = ["visitor_id", "occurred_at_us"] if record.kind == "events" else ["product_id"]
    both = [
        pq.read_table(connect.segment(raw, r.import_id, r.kind), columns=["line", *names])
        for r in (record, later)
    ]
    same = both[0].join(both[1], keys=["line", *names], join_type="inner").num_rows
    return same >= _SAME_SHARE * both[0].num_rows


def _reasons(raw: Path, record: ImportRecord, rows: set[str]) -> Counter[str]:
    """Why this import had refused those of ``rows`` that it refused."""
    lines = {line for i, line in map(parse_row_id, rows) if i == record.import_id}
    if not lines or not record.n_quarantined:
        return Counter()
    refused = pq.read_table(connect.refused_file(raw, record.import_id), columns=["line", "reason"])
    pairs = zip(refused["line"].to_pylist(), refused["reason"].to_pylist(), strict=True)
    return Counter(reason for line, reason in pairs if line in lines)


def _sent_in(record: ImportRecord) -> list[dict[str, Any]]:
    origin: Any = record.options.get("origin") or {}
    return list(origin.get("rows", ()))
