"""Rows in quarantine that a person looked at and rejected: they stay out, and are not offered for review again.

A line each in ``1-raw/rejected.jsonl``. Whoever finds later that a row was right can still fix or release it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from baihuo.core import Conflict
from baihuo.quality.decided import deciding, read_lines

_FILE = "rejected.jsonl"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Who rejected a row, and why."""

    by: str
    why: str
    at_us: int


def read_rejected(raw: Path) -> dict[tuple[str, str], Rejection]:
    """By table and row. A line that a killed process left unfinished is passed over.

    Args:
        raw: the shop's ``1-raw`` folder.
    """
    found: dict[tuple[str, str], Rejection] = {}
    for one in read_lines(raw / _FILE):
        try:
            rejection = Rejection(one["by"], one["why"], one["at_us"])
            found.setdefault((one["table"], one["row_id"]), rejection)
        except (KeyError, TypeError):
            continue
    return found


def write_rejected(raw: Path, rows: Sequence[tuple[str, str]], *, by: str, why: str) -> None:
    """Keep that these rows (table and id) are rejected; all of them or none.

    Raises:
        BadInput: ``by`` or ``why`` is empty.
        Conflict: one of them was rejected already.
        ShopError: the disk is full.
    """
    with deciding(raw / _FILE, by=by, why=why, work="rejecting rows") as lines:
        known = read_rejected(raw)
        for row in rows:
            if before := known.get(row):
                raise Conflict(
                    f"row {row[1]} was rejected by {before.by} already",
                    fix="nothing: it stays out; fix or release it if it was right",
                )
        lines += ({"table": table, "row_id": row_id} for table, row_id in rows)
