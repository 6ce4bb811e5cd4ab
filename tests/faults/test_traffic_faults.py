"""Traffic and clocks, measured by faults in a shop that was clean: ``bench/quality.py`` in small."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.connect import import_files, segments
from baihuo.connect.rows import Kind
from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.engine import DuckTables
from baihuo.faults import ads, clocks
from baihuo.faults import traffic as crowds
from baihuo.faults.dataset import Dataset, Row
from baihuo.quality import QualityRules, clean
from baihuo.quality.checks.duplicates import checks as duplicates
from baihuo.quality.checks.event_sequence import checks as event_sequence
from baihuo.quality.checks.referential_integrity import checks as referential_integrity
from baihuo.quality.checks.schema import checks as schema
from baihuo.quality.checks.times import checks as times
from baihuo.quality.checks.traffic import checks as traffic
from baihuo.quality.registry import STEPS_BY_TABLE
from baihuo.simulate import make_shop

STEPS = (
    schema.STEP,
    times.STEP,
    duplicates.STEP,
    referential_integrity.STEP,
    event_sequence.STEP,
    traffic.STEP,
)
Found = dict[str, set[int]]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean shop of 30,000 events, imported."""
    folder = tmp_path_factory.mktemp("fault")
    shop = make_shop(folder / "shop", seed=3, n_products=800, n_events=30_000, dirt=0)
    import_files(
        [shop.products, shop.events],
        raw=folder / "raw",
        tables=DuckTables(threads=2),
        mask=lambda column: column,
    )
    return folder / "raw"


@pytest.fixture
def dataset(raw: Path) -> Dataset:
    """The shop's rows, to inject faults into."""
    return Dataset(_rows(raw, "events"), _rows(raw, "products"), random.Random(11))


def _rows(raw: Path, table: Kind) -> list[Row]:
    columns = {"events": EVENTS, "products": PRODUCTS}[table].names
    return [
        {k: v for k, v in row.items() if k not in ("import_id", "line")}
        for file in segments(raw, table)
        for row in pq.read_table(file).select(columns).to_pylist()
    ]


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps up to traffic; what comes after cannot change what it found."""
    monkeypatch.setitem(STEPS_BY_TABLE, "products", (schema.STEP,))
    monkeypatch.setitem(STEPS_BY_TABLE, "events", STEPS)


def found_in(dataset: Dataset, out: Path) -> Found:
    """The lines that each check found; notes too."""
    dataset.events.sort(key=lambda r: r["received_at_us"])
    for rows in (dataset.events, dataset.products):
        for line, row in enumerate(rows, start=1):
            row["import_id"], row["line"] = 1, line
    out.mkdir()
    pq.write_table(pa.Table.from_pylist(dataset.events, EVENTS), out / "e.parquet")
    pq.write_table(pa.Table.from_pylist(dataset.products, PRODUCTS), out / "p.parquet")
    clean(
        DuckTables(threads=2),
        events=[out / "e.parquet"],
        products=[out / "p.parquet"],
        out=out / "clean",
        rules=QualityRules(),
        now_us=max(r["received_at_us"] for r in dataset.events),
    )
    found: Found = defaultdict(set)
    for row in pq.read_table(out / "clean" / "findings.parquet").to_pylist():
        found[row["check"]].add(int(row["row_id"].split(":")[1]))
    return found


def scores(dataset: Dataset, found: Found, check: str) -> tuple[float, float]:
    """Precision and recall, by row."""

    def lines(labels: list[tuple[Any, Row, str]]) -> set[int]:
        return {row["line"] for _, row, name in labels if name == check}

    wanted, excused = lines(dataset.truth), lines(dataset.excused)
    got = found[check]
    if check == "flood":  # equal acts of a flood are named before it
        got = got | (found["flood_of_copies"] & wanted)
    right = len(got & wanted)
    n_wrong = len(got - wanted - excused)
    return right / max(right + n_wrong, 1), right / len(wanted)


def test_a_clean_shop_is_not_touched(dataset: Dataset, tmp_path: Path) -> None:
    assert found_in(dataset, tmp_path / "x") == {}


@pytest.mark.parametrize(
    ("faults", "n", "bars"),
    [
        (clocks.FAULTS, 60, {"wrong_time_zone": 0.99, "skewed_clock": 0.99}),
        (crowds.FAULTS, 40, {"flood": 0.99, "bot": 0.9, "crowd": 0.9}),
        (
            ads.FAULTS,
            40,
            {"ad_click_again": 0.99, "ad_click_not_shown": 0.99, "ad_click_fraud": 0.9},
        ),
    ],
    ids=["clocks", "traffic", "ads"],
)
def test_what_was_injected_is_found_and_nothing_else(
    faults: Any, n: int, bars: dict[str, float], dataset: Dataset, tmp_path: Path
) -> None:
    for fault in faults:
        fault.apply(dataset, n)
    found = found_in(dataset, tmp_path / "x")
    for check, bar in bars.items():
        precision, recall = scores(dataset, found, check)
        assert precision >= bar, (check, precision)
        assert recall >= bar, (check, recall)
