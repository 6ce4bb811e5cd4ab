"""A simulated shop without dirt, cut in two: the log that a shop has, and the future that it will be judged by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core.tables import EVENTS, FINDINGS, PRODUCTS
from baihuo.engine import DuckTables
from baihuo.exam import Reading, import_rows
from baihuo.simulate import make_shop
from suites.value.plant import Planted, Row


@dataclass(frozen=True, slots=True)
class CleanShop:
    """Rows without dirt, oldest first, with ``import_id`` 1 and their line."""

    log: list[Row]
    future: list[Row]
    products: list[Row]


def clean_shop(work: Path, *, seed: int, n_products: int, n_events: int, share: float) -> CleanShop:
    """``share`` of the events are the log; the rest is its future."""
    made = make_shop(work / "shop", seed=seed, n_products=n_products, n_events=n_events, dirt=0.0)
    rows = import_rows(
        DuckTables(threads=1),
        {"products": [made.products], "events": [made.events]},
        work=work / "raw",
        reading=Reading(),
        max_events=n_events,
    )
    for table in rows.values():
        for line, row in enumerate(table, start=1):
            row["import_id"], row["line"] = 1, line
    events = sorted(rows["events"], key=lambda e: e["received_at_us"])
    cut = int(len(events) * share)
    return CleanShop(events[:cut], events[cut:], rows["products"])


def write_checked(folder: Path, shop: CleanShop, planted: list[Planted]) -> Path:
    """A folder as ``baihuo check`` leaves it, had it found every planted row and nothing else."""
    noted = [row for p in planted if p.action == "note" for row in p.rows]
    taken = {id(row) for p in planted if p.action == "quarantine" for row in p.instead_of}
    clean = [row for row in shop.log if id(row) not in taken] + noted
    _write(clean, folder / "events" / "all.parquet", EVENTS)
    _write(shop.products, folder / "products.parquet", PRODUCTS)
    out = [(p.name, row) for p in planted if p.action == "quarantine" for row in p.rows]
    extra = ("step", "check", "detail")
    schema = EVENTS
    for name in extra:
        schema = schema.append(pa.field(name, pa.string()))
    _write(
        [{**row, "step": "planted", "check": name, "detail": "{}"} for name, row in out],
        folder / "quarantine_events.parquet",
        schema,
    )
    _write([f for p in planted for f in _findings(p)], folder / "findings.parquet", FINDINGS)
    return folder


def _findings(planted: Planted) -> list[Row]:
    found = []
    for number, row in enumerate(planted.rows):
        detail: dict[str, Any] = {}
        if planted.action == "merge":
            detail = {"kept": f"1:{row['kept']['line']}"}
        if planted.action == "repair":
            old, new = row[planted.field or ""], planted.instead_of[number][planted.field or ""]
            detail = {"field": planted.field, "old": str(old), "new": str(new)}
        found.append(
            {
                "table": "events",
                "row_id": f"1:{row['line']}",
                "check": planted.name,
                "action": planted.action,
                "detail": json.dumps(detail),
                "rule_version": "1",
            }
        )
    return found


def _write(rows: list[Row], path: Path, schema: pa.Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
