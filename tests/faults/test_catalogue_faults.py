"""The checks of a catalogue, measured on injected faults."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.connect import import_files, segments
from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.engine import DuckTables
from baihuo.faults.attributes import FAULTS
from baihuo.faults.dataset import Dataset
from baihuo.quality.checks.attributes import checks as attributes
from baihuo.quality.checks.categories import checks as categories
from baihuo.quality.checks.pictures import checks as pictures
from baihuo.quality.checks.stock import checks as stock
from baihuo.quality.findings import FindingsStore
from baihuo.quality.rules import QualityRules
from baihuo.quality.spec import CheckContext, Step
from baihuo.simulate import make_shop

STEPS: tuple[Step[Any], ...] = (
    attributes.STEP,
    categories.STEP,
    pictures.STEP,
    stock.STEP,
)


@pytest.fixture(scope="module")
def scores(tmp_path_factory: Any) -> dict[str, tuple[float, float, int]]:
    """check → (precision, recall, rows with the fault), of all faults in one simulated shop."""
    folder = tmp_path_factory.mktemp("faults")
    shop = make_shop(folder / "shop", seed=5, n_products=3_000, n_events=40_000, dirt=0)
    tables = DuckTables(threads=2)
    import_files([shop.products, shop.events], raw=folder / "raw", tables=tables, mask=lambda c: c)
    rows = {k: read(segments(folder / "raw", k)) for k in ("products", "events")}
    dataset = Dataset(rows["events"], rows["products"], random.Random(5))
    for fault in FAULTS:
        fault.apply(dataset, 30)
    found = found_in(dataset, folder, tables, shop.folder)
    lines = {id(row): row["line"] for row in dataset.products}
    truth: dict[str, set[int]] = defaultdict(set)
    excused: dict[str, set[int]] = defaultdict(set)
    for labels, into in ((dataset.truth, truth), (dataset.excused, excused)):
        for _, row, check in labels:
            into[check].add(lines[id(row)])
    return {c: mark(found[c], truth[c], excused[c]) for c in sorted(truth)}


def mark(got: set[int], wanted: set[int], excused: set[int]) -> tuple[float, float, int]:
    right, wrong = len(got & wanted), len(got - wanted - excused)
    return right / max(right + wrong, 1), right / len(wanted), len(wanted)


def read(files: list[Path]) -> list[dict[str, Any]]:
    return [row for f in files for row in pq.read_table(f).to_pylist()]


def found_in(dataset: Dataset, folder: Path, tables: DuckTables, shop: Path) -> dict[str, set[int]]:
    """Lines by check, of the four steps alone."""
    work = folder / "work"
    work.mkdir()
    for name, rows, schema in (("e", dataset.events, EVENTS), ("p", dataset.products, PRODUCTS)):
        for line, row in enumerate(rows, start=1):
            row["import_id"], row["line"] = 1, line
        pq.write_table(pa.Table.from_pylist(rows, schema), work / f"{name}.parquet")
    ledger = FindingsStore(tables, "products", work / "p.parquet", work)
    given = CheckContext(
        now_us=10**16,
        tolerance_ms=2_000,
        raw_events=work / "e.parquet",
        raw_products=work / "p.parquet",
        pictures=shop,
        out=work,
    )
    for step in STEPS:
        for find in step.detectors:
            answer = find(ledger, QualityRules().limits(step.name), given)
            ledger.record(step.name, answer.selects, **answer.inputs)
    found: dict[str, set[int]] = defaultdict(set)
    for part in ledger.parts:
        for row in pq.read_table(part).to_pylist():
            found[row["rule"]].add(row["line"])
    return found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda p: p.name)
def test_an_injected_fault_is_found_and_little_else(fault: Any, scores: Any) -> None:
    bar = 0.99 if fault.is_certain else 0.9
    for check in fault.checks:
        precision, recall, n_injected = scores[check]
        assert n_injected >= 10, f"{fault.name} changed {n_injected} rows"
        assert precision >= bar, f"{check}: precision {precision:.3f}"
        assert recall >= bar, f"{check}: recall {recall:.3f}"
