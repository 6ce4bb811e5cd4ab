"""Rows and values that no import could read, counted for the report: rows are missing like rows in quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from baihuo import connect
from baihuo.connect import ImportRecord
from baihuo.quality.counts import InputFile, RefusedRows, WithheldValues
from baihuo.quality.quarantine.overrides import parse_row_id
from baihuo.quality.quarantine.quarantined import sent_rows
from baihuo.quality.spec import On

_MOST_EXAMPLES = 5  # of withheld values, by table
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
    fixed = {row["from"] for record in connect.imports(raw) for row in sent_rows(record)}
    found = []
    for table, files in _files(raw, lambda record: record.n_quarantined):
        reasons: Counter[str] = Counter()
        for record in files:
            reasons.update(record.reasons)
            reasons.subtract(_reasons(raw, record, fixed))
        missing = {reason: n for reason, n in reasons.most_common() if n > 0}
        if missing:
            n_read = sum(record.n_in for record in files)
            found.append(RefusedRows(table, n_read, sum(missing.values()), missing))
    return tuple(found)


def withheld_values(raw: Path) -> tuple[WithheldValues, ...]:
    """The values that imports could not read, by table; tables that lack none are left out.

    They count until the same bytes are imported another way, or a corrected copy of their file comes (as in
    :func:`refused_rows`).

    Args:
        raw: the shop's ``1-raw`` folder.
    """
    found = []
    for table, files in _files(raw, lambda record: record.n_withheld):
        reasons: Counter[str] = Counter()
        examples: list[dict[str, Any]] = []
        for record in files:
            reasons.update(record.withheld)
            if record.n_withheld and len(examples) < _MOST_EXAMPLES:
                examples += _examples(raw, record, _MOST_EXAMPLES - len(examples))
        if reasons:
            n_read, by_reason = sum(record.n_in for record in files), dict(reasons.most_common())
            found.append(WithheldValues(table, n_read, reasons.total(), by_reason, tuple(examples)))
    return tuple(found)


def _files(
    raw: Path, n_missing: Callable[[ImportRecord], int]
) -> Iterator[tuple[On, list[ImportRecord]]]:
    """By table the imports that count, in the order in which they came: not what people sent in, nor what was corrected later."""
    records = connect.imports(raw)
    tables: tuple[On, ...] = ("events", "products")
    for table in tables:
        files = [r for r in records if r.kind == table and not sent_rows(r)]
        yield (
            table,
            [
                record
                for i, record in enumerate(files)
                if not n_missing(record)
                or not any(_is_copy(raw, record, other) for other in files[i + 1 :])
            ],
        )


def input_files(raw: Path) -> tuple[InputFile, ...]:
    """What was imported, oldest first, under the names that people gave."""
    return tuple(
        InputFile(r.import_id, ", ".join(Path(name).name for name in r.files), r.kind, r.n_in)
        for r in connect.imports(raw)
    )


def withheld_from(raw: Path, row_id: str) -> list[dict[str, Any]]:
    """The values that were withheld from one row at import: field, value, reason, fix."""
    import_id, line = parse_row_id(row_id)
    if not any(r.import_id == import_id and r.n_withheld for r in connect.imports(raw)):
        return []
    path = connect.withheld_file(raw, import_id)
    columns = ["field", "value", "reason", "fix"]
    return list(pq.read_table(path, columns=columns, filters=[("line", "=", line)]).to_pylist())


def _examples(raw: Path, record: ImportRecord, n: int) -> list[dict[str, Any]]:
    columns = ["line", "field", "value", "reason", "fix"]
    with pq.ParquetFile(connect.withheld_file(raw, record.import_id)) as file:
        batches = file.iter_batches(n, columns=columns)
        rows = [row for batch in batches for row in batch.to_pylist()] if n else []
    return [{"row_id": f"{record.import_id}:{row.pop('line')}", **row} for row in rows[:n]]


def _is_copy(raw: Path, record: ImportRecord, later: ImportRecord) -> bool:
    """Whether ``later`` is the same file again, with some of its rows corrected."""
    if (record.files, record.n_in) != (later.files, later.n_in):
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
