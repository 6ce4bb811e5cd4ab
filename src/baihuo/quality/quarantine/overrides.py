"""Rows that people sent back in, as the checks see them: a mended copy takes its origin's place.

The list of imports says which (``options.origin`` of an import, see ``readmit.py``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa

from baihuo.connect import ImportRecord
from baihuo.engine.sql_files import sql_file
from baihuo.quality.findings import FindingsStore
from baihuo.quality.limits import Limits
from baihuo.quality.spec import Check, CheckContext, CheckResult, On, Step

_FIND = sql_file(__file__, "find")

CHECKS = (
    Check(
        name="superseded",
        step="readmitted",
        on="events",
        action="merge",
        why="a person sent a mended copy of it back in, or said that it is right",
        fix="nothing: `baihuo lineage ROW` says who, when and why",
    ),
    Check(
        name="superseded_listing",
        step="readmitted",
        on="products",
        action="merge",
        why="a person sent a mended copy of it back in, or said that it is right",
        fix="nothing: `baihuo lineage ROW` says who, when and why",
    ),
)
_PLACES = [("import_id", pa.int32()), ("line", pa.int64())]
_SUPERSEDED = pa.schema(
    [*_PLACES, ("new_import_id", pa.int32()), ("new_line", pa.int64()), ("detail", pa.string())]
)
_WAIVED = pa.schema([*_PLACES, ("rule", pa.string()), ("by", pa.string()), ("why", pa.string())])


@dataclass(frozen=True, slots=True)
class Overrides:
    """What people decided about single rows."""

    superseded: dict[str, pa.Table] = field(default_factory=dict)  # by table
    waived: dict[str, pa.Table] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Sequence[ImportRecord]) -> Overrides:
        """From the shop's list of imports."""
        superseded: dict[str, list[dict[str, Any]]] = {}
        waived: dict[str, list[dict[str, Any]]] = {}
        for record in records:
            origin: Any = record.options.get("origin")
            for row in origin["rows"] if origin else ():
                import_id, line = place(row["from"])
                new = {"new_import_id": record.import_id, "new_line": row["line"]}
                said = {"kept": f"{record.import_id}:{row['line']}", "by": origin["by"]}
                detail = json.dumps({**said, "why": origin["why"]}, ensure_ascii=False)
                superseded.setdefault(record.kind, []).append(
                    {"import_id": import_id, "line": line, **new, "detail": detail}
                )
                for rule in row.get("waived", ()):
                    waived.setdefault(record.kind, []).append(
                        {
                            "import_id": record.import_id,
                            "line": row["line"],
                            "rule": rule,
                            "by": origin["by"],
                            "why": origin["why"],
                        }
                    )
        return cls(
            {t: pa.Table.from_pylist(rows, _SUPERSEDED) for t, rows in superseded.items()},
            {t: pa.Table.from_pylist(rows, _WAIVED) for t, rows in waived.items()},
        )

    def __str__(self) -> str:
        """All of it as text, to tell whether it changed."""
        return json.dumps(
            [{t: x.to_pylist() for t, x in d.items()} for d in (self.superseded, self.waived)]
        )

    def step(self, table: On) -> Step[Limits] | None:
        """The step that lets a copy take its origin's place; None where there is nothing to do."""
        rows = self.superseded.get(table)
        if rows is None:
            return None
        return Step(
            name="readmitted", settings=Limits, checks=CHECKS, detectors=(partial(_find, rows),)
        )


def _find(
    superseded: pa.Table, ledger: FindingsStore, settings: Limits, given: CheckContext
) -> CheckResult:
    rule = next(check.name for check in CHECKS if check.on == ledger.table)
    everything = given.raw_events if ledger.table == "events" else given.raw_products
    select = _FIND(rule=rule, rows=ledger.rows())  # a mended copy may belong to another day
    return CheckResult(
        selects=[select], inputs={"superseded": superseded, "everything": everything}
    )


def place(row_id: str) -> tuple[int, int]:
    """``"3:17"`` as its two numbers."""
    import_id, _, line = row_id.partition(":")
    return int(import_id), int(line)
