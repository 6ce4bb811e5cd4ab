"""Rows in quarantine that a person looked at and rejected: they stay out, and are not offered for review again.

A line each in ``1-raw/rejected.jsonl``. Whoever finds later that a row was right can still fix or release it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.core import BadInput, Conflict, file_lock
from baihuo.engine import full_disk_named

_FILE, _LOCK = "rejected.jsonl", ".rejected.lock"


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
    try:
        lines = (raw / _FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    found: dict[tuple[str, str], Rejection] = {}
    for line in lines:
        try:
            one: dict[str, Any] = json.loads(line)
            rejection = Rejection(one["by"], one["why"], one["at_us"])
            found.setdefault((one["table"], one["row_id"]), rejection)
        except (ValueError, KeyError, TypeError):
            continue
    return found


def write_rejected(raw: Path, rows: Sequence[tuple[str, str]], *, by: str, why: str) -> None:
    """Keep that these rows (table and id) are rejected; all of them or none.

    Raises:
        BadInput: ``by`` or ``why`` is empty.
        Conflict: one of them was rejected already.
        ShopError: the disk is full.
    """
    if not by.strip() or not why.strip():
        raise BadInput("the person or the reason is missing", fix="say who (--by) and why (--why)")
    with full_disk_named(raw), file_lock(raw / _LOCK, work="rejecting rows", wait=True):
        known = read_rejected(raw)
        for row in rows:
            if before := known.get(row):
                raise Conflict(
                    f"row {row[1]} was rejected by {before.by} already",
                    fix="nothing: it stays out; fix or release it if it was right",
                )
        at_us = time.time_ns() // 1000
        lines = [
            json.dumps(
                {"table": table, "row_id": row_id, "by": by, "why": why, "at_us": at_us},
                ensure_ascii=False,
            )
            for table, row_id in rows
        ]
        with (raw / _FILE).open("ab+") as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":  # of a process that was killed
                    file.write(b"\n")
            file.write("".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())
