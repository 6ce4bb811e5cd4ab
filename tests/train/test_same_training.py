"""The same shop learns the same order of searches: names of visitors are only names, and threads only threads."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.engine import DuckTables
from baihuo.index import Thresholds
from baihuo.train import (
    ClickData,
    Learned,
    LearnedClicks,
    TrainResult,
    click_data,
    learn_search_order,
)

from .conftest import QUICK, Shop


def renamed(folder: Path, events: Path) -> Path:
    """The log with other names of visitors, as another key of pseudonyms gives them: in another alphabetical order."""
    folder.mkdir()
    for file in sorted(events.glob("*.parquet")):
        table = pq.read_table(file)
        names = [
            None if v is None else hashlib.sha256(f"key{v}".encode()).hexdigest()
            for v in table.column("visitor_id").to_pylist()
        ]
        at = table.column_names.index("visitor_id")
        column = pa.array(names, table.schema.field("visitor_id").type)
        pq.write_table(table.set_column(at, table.schema.field(at), column), folder / file.name)
    return folder


@pytest.fixture(scope="module")
def again(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, ClickData]:
    """The same shop with other names, read by two threads."""
    root = tmp_path_factory.mktemp("again")
    other = replace(
        shop, root=root, events=renamed(root / "events", shop.events), tables=DuckTables(threads=2)
    )
    return other, click_data(other.source, out=root, config=QUICK)


def test_other_names_of_visitors_give_the_same_examples(
    data: ClickData, again: tuple[Shop, ClickData]
) -> None:
    other = again[1]
    assert other.columns == data.columns
    assert other.examples.drop_columns(["visitor_id"]) == data.examples.drop_columns(["visitor_id"])
    assert np.array_equal(other.rows.matrix, data.rows.matrix, equal_nan=True)
    assert np.array_equal(other.rows.visitor, data.rows.visitor)  # numbers, as they first appear


def test_other_names_of_visitors_give_the_same_order_of_searches(
    shop: Shop,
    data: ClickData,
    trained: TrainResult,
    again: tuple[Shop, ClickData],
    tmp_path: Path,
) -> None:
    def learned(one: Shop, rows: ClickData, out: Path) -> Learned:
        clicks = LearnedClicks(one.source, rows, trained.models)
        out.mkdir()
        return learn_search_order(
            one.generation, grades={}, thresholds=Thresholds(), clicks=clicks, out=out
        )

    first = learned(shop, data, tmp_path / "first")
    second = learned(*again, tmp_path / "second")
    assert first.report == second.report
    assert first.parts.keys() == second.parts.keys()
    assert all(first.parts[name] == second.parts[name] for name in first.parts)
