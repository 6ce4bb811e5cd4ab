"""Which events serving had: read where they lie, copied only where a file holds others too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import Event, EventType
from baihuo.core.tables import events_to_table
from baihuo.engine import DuckTables
from baihuo.monitor.served_skew import _as_served

RELEASED_US = 1_000


def _write(path: Path, import_id: int, at_us: dict[str, int]) -> Path:
    path.parent.mkdir(exist_ok=True)
    event = Event(
        event_id="",
        event_type=EventType.CLICK,
        visitor_id="v",
        product_id="p",
        occurred_at_us=1,
        received_at_us=1,
    )
    rows = [replace(event, event_id=i, received_at_us=t) for i, t in at_us.items()]
    table = events_to_table(rows)
    for name, values in (("import_id", [import_id] * len(rows)), ("line", range(len(rows)))):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, pa.array(values, table.schema.field(name).type))
    pq.write_table(table, path)
    return path


def test_checked_events_of_before_and_live_events_since_and_no_later_import(tmp_path: Path) -> None:
    clean, raw = tmp_path / "events", tmp_path / "raw"
    old = _write(clean / "2026-01-01.parquet", 2, {"a": 10, "b": 20})
    _write(clean / "2026-01-02.parquet", 2, {"c": 900, "checked_since": 1_500})
    _write(clean / "2026-01-03.parquet", 3, {"imported_since": 30})
    live = [_write(raw / "live-1-2.parquet", 0, {"sealed_before": 500, "d": 1_100})]
    tables, out = DuckTables(), tmp_path / "e.parquet"
    sources = _as_served(tables, clean, live, RELEASED_US, 2, out)
    assert sources == [old, out]  # the old file is not copied
    got = tables.sql("SELECT event_id FROM e ORDER BY received_at_us", e=sources)
    assert got.column("event_id").to_pylist() == ["a", "b", "c", "d"]
    assert _as_served(tables, old.parent.parent / "none", [], RELEASED_US, 2, out) == []
