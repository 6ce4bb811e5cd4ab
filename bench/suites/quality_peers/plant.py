"""Rows with planted dirt and the truth about it, in the files that every tool reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from baihuo import connect, privacy
from baihuo.dirt import Dataset, Key, Shop
from baihuo.engine import DuckTables
from baihuo.exam import write_files


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted where: kind → rows; ``neutral`` rows are neither right nor wrong to find."""

    kinds: dict[str, frozenset[Key]]
    checks: dict[str, frozenset[str]]  # that a kind names
    neutral: frozenset[Key]

    @property
    def dirty(self) -> frozenset[Key]:
        """Every row with dirt."""
        return frozenset().union(*self.kinds.values())


def truth_of(copy: Dataset, checks: dict[str, frozenset[str]], known: frozenset[Key]) -> Truth:
    """The rows of each kind that are in the files' tables (``known``). What a case rests on, or only touched, is neutral."""
    kinds: dict[str, set[Key]] = {}
    for case in copy.cases:
        kinds.setdefault(case.kind, set()).update(known.intersection(case.rows))
    neutral = copy.taken | {key for case in copy.cases for key in case.related}
    rows = {kind: frozenset(of_kind) for kind, of_kind in kinds.items() if of_kind}
    return Truth(rows, checks, frozenset(neutral))


def write_tables(shop: Shop, folder: Path) -> tuple[dict[str, list[Key]], int]:
    """Import the shop's files and write ``raw_events.parquet`` and ``raw_products.parquet``. Return each line's key, and the log's end, µs."""
    keys, raw, end_us = write_files(shop, folder), folder / "raw", 0
    for table in ("products", "events"):
        connect.import_files(
            [folder / f"{table}.jsonl"],
            raw=raw,
            tables=DuckTables(),
            mask=privacy.column_mask(b"an exam"),
            options=connect.Options(kind=table),
        )
        (segment,) = connect.segments(raw, table)
        rows = pq.read_table(segment)
        pq.write_table(rows, folder / f"raw_{table}.parquet")
        if table == "events":
            end_us = max(rows["received_at_us"].to_pylist())
    return keys, end_us
