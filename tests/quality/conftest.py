from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo.core import Event, EventType, Product, ShopPaths
from baihuo.core.tables import EVENTS, TIMELY, events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.quality import CleanOptions, QualityReport, QualityRules, clean

DAY_US = 86_400_000_000
NOON_US = 1_750_000_000_000_000 // DAY_US * DAY_US + DAY_US // 2
NOW_US = NOON_US + 100 * DAY_US


@dataclass(frozen=True)
class Cleaned:
    """What one run left, as rows."""

    report: QualityReport
    out: Path

    def rows(self, name: str) -> list[dict[str, Any]]:
        path = self.out / ("events" if name == "events" else f"{name}.parquet")
        return pq.read_table(path).to_pylist()

    def found(self) -> set[tuple[str, str, str]]:
        """(row id, check, action) of every finding."""
        return {(f["row_id"], f["check"], f["action"]) for f in self.rows("findings")}

    def details(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {
            (f["row_id"], f["check"]): json.loads(f["detail"] or "{}")
            for f in self.rows("findings")
        }


@pytest.fixture
def at() -> Callable[..., int]:
    """A time: noon of one day, and so many seconds later (or earlier)."""
    return lambda seconds=0.0, days=0: NOON_US + int(seconds * 1e6) + days * DAY_US


@pytest.fixture
def event(at: Callable[..., int]) -> Callable[..., Event]:
    """An event of visitor v about product p1 that is right in everything not said."""
    ids = iter(range(1, 1_000_000))

    def make(event_type: str = "click", seconds: float = 0.0, **other: Any) -> Event:
        moment = at(seconds)
        values: dict[str, Any] = {
            "event_id": f"e{next(ids)}",
            "event_type": EventType(event_type),
            "visitor_id": "v",
            "occurred_at_us": moment,
            "received_at_us": moment,
            "product_id": "p1",
        }
        return Event(**{**values, **other})

    return make


@pytest.fixture
def cleaned(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Cleaned]:
    """Clean events (words or a table) over a catalogue of p1, p2, p3, or the one given.

    With the mark ``checks`` on a test or its file, only those checks or groups run.
    """
    runs = iter(range(1_000_000))
    mark = request.node.get_closest_marker("checks")

    def run(
        events: Sequence[Event] | pa.Table,
        products: Sequence[Product] | pa.Table | None = None,
        rules: QualityRules | None = None,
        **other: Any,
    ) -> Cleaned:
        folder = tmp_path / str(next(runs))
        folder.mkdir()
        catalogue = [Product(product_id=p, title_en=f"Thing {p}") for p in ("p1", "p2", "p3")]
        table = events if isinstance(events, pa.Table) else events_to_table(events)
        if TIMELY not in table.column_names:
            table = table.cast(EVENTS)
        pq.write_table(table, folder / "events.parquet")
        listings = catalogue if products is None else products
        if not isinstance(listings, pa.Table):
            listings = products_to_table(listings)
        pq.write_table(listings, folder / "products.parquet")
        report = clean(
            DuckTables(threads=2),
            events=[folder / "events.parquet"],
            products=[folder / "products.parquet"],
            out=ShopPaths(folder).clean,
            rules=only(*mark.args, rules=rules) if mark else rules or QualityRules(),
            now_us=other.get("now_us", NOW_US),
            options=CleanOptions(
                pictures=other.get("pictures"),
                absent_consent=other.get("absent_consent", "granted"),
            ),
        )
        return Cleaned(report, ShopPaths(folder).clean)

    return run
