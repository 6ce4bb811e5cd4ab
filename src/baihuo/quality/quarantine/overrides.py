"""Rows that people sent back in, as the checks see them: the new row takes the place of the old one.

The list of imports says which they are (``options.origin`` of an import, see ``release.py``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa

from baihuo.connect import ImportRecord
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore
from baihuo.quality.limits import Limits
from baihuo.quality.spec import Check, CheckContext, CheckResult, On, Step

STEP_NAME = "readmitted"
_NAMES: tuple[tuple[str, On], ...] = (("superseded", "events"), ("superseded_listing", "products"))
_SUPERSEDED = """SELECT s.import_id, s.line, max_by(s.detail, s.new_import_id) AS detail FROM superseded AS s
    JOIN {rows} AS original USING (import_id, line)
    JOIN raw_rows AS copy ON copy.import_id = s.new_import_id AND copy.line = s.new_line GROUP BY s.import_id, s.line"""
"""Rows whose copy came in."""

CHECKS = tuple(
    Check(
        name=name,
        step=STEP_NAME,
        on=table,
        action="merge",
        why="a person sent a fixed copy of it back in, or confirmed it",
        fix="nothing: `baihuo lineage ROW` says who, when and why",
    )
    for name, table in _NAMES
)
_ROW_ID = [("import_id", pa.int32()), ("line", pa.int64())]
_DETAIL = pa.struct([("kept", pa.string()), ("by", pa.string()), ("why", pa.string())])
_SUPERSEDED_SCHEMA = pa.schema(
    [*_ROW_ID, ("new_import_id", pa.int32()), ("new_line", pa.int64()), ("detail", _DETAIL)]
)
_WAIVED_SCHEMA = pa.schema(
    [*_ROW_ID, ("rule", pa.string()), ("by", pa.string()), ("why", pa.string())]
)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What people decided about single rows, each by table."""

    superseded: dict[str, pa.Table] = field(default_factory=dict)  # rows with a newer copy
    waived: dict[str, pa.Table] = field(default_factory=dict)  # checks that do not apply to a row

    @classmethod
    def of(cls, records: Sequence[ImportRecord]) -> Overrides:
        """From the shop's list of imports."""
        superseded: dict[str, list[dict[str, Any]]] = {}
        waived: dict[str, list[dict[str, Any]]] = {}
        first: dict[tuple[str, str], str] = {}  # table and row → the row that was sent in first
        for record in records:
            origin: Any = record.options.get("origin")
            for row in origin["rows"] if origin else ():
                reason = {"by": origin["by"], "why": origin["why"]}
                new_id = f"{record.import_id}:{row['line']}"
                kept_id = first.setdefault((record.kind, row["from"]), new_id)
                # a second copy (of a version that did not refuse it) is the one merged
                import_id, line = parse_row_id(row["from"] if kept_id == new_id else new_id)
                new_import_id, new_line = parse_row_id(kept_id)
                superseded.setdefault(record.kind, []).append(
                    {
                        "import_id": import_id,
                        "line": line,
                        "new_import_id": new_import_id,
                        "new_line": new_line,
                        "detail": {"kept": kept_id, **reason},
                    }
                )
                row_id = {"import_id": record.import_id, "line": row["line"]}
                waived.setdefault(record.kind, []).extend(
                    {**row_id, "rule": rule, **reason} for rule in row.get("waived", ())
                )
        return cls(
            {t: pa.Table.from_pylist(rows, _SUPERSEDED_SCHEMA) for t, rows in superseded.items()},
            {t: pa.Table.from_pylist(rows, _WAIVED_SCHEMA) for t, rows in waived.items() if rows},
        )

    def __str__(self) -> str:
        """All of it as text, to see whether it changed."""
        return json.dumps(
            [{t: x.to_pylist() for t, x in d.items()} for d in (self.superseded, self.waived)]
        )

    def step(self, table: On) -> Step[Limits] | None:
        """The step that merges an old row into the new one; None where there is nothing to do."""
        superseded = self.superseded.get(table)
        if superseded is None:
            return None
        detectors = (partial(_detect, superseded),)
        return Step(name=STEP_NAME, settings=Limits, checks=CHECKS, detectors=detectors)


def _detect(
    superseded: pa.Table, findings: FindingsStore, settings: Limits, context: CheckContext
) -> CheckResult:
    check = next(check for check in CHECKS if check.on == findings.table)
    # all of them: a fixed copy may belong to another day
    raw_rows = context.raw_events if findings.table == "events" else context.raw_products
    select = finding_sql(_SUPERSEDED.format(rows=findings.rows()), check)
    return CheckResult(selects=[select], inputs={"superseded": superseded, "raw_rows": raw_rows})


def parse_row_id(row_id: str) -> tuple[int, int]:
    """``"3:17"`` as import and line.

    Raises:
        ValueError: it is no row id.
    """
    import_id, _, line = row_id.partition(":")
    return int(import_id), int(line)
