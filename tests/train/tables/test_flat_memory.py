"""Memory of a training does not grow with its file: nothing of it stays mapped, and no buffer is kept from part to part."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.train import DeepSettings, TableSpec
from baihuo.train.tables.prepare import prepare
from baihuo.train.tables.read_table import batches
from baihuo.train.tables.rows_on_disk import RowsOnDisk, ShuffledBatches
from baihuo.train.tables.stage import table_columns

_GROUP_ROWS, _GROUPS = 70_000, 12


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two columns of words that hardly repeat, in many parts."""
    path = tmp_path_factory.mktemp("flat") / "train.parquet"
    rng, writer = np.random.default_rng(0), None
    for _ in range(_GROUPS):
        words = {name: rng.integers(0, 5_000, _GROUP_ROWS).astype(str) for name in ("a", "b")}
        numbers = {"price": rng.normal(size=_GROUP_ROWS), "click": rng.integers(0, 2, _GROUP_ROWS)}
        rows = pa.table({**words, **numbers})
        writer = writer or pq.ParquetWriter(path, rows.schema)
        writer.write_table(rows)
    assert writer is not None
    writer.close()
    return path


def mapped() -> str:
    return Path("/proc/self/maps").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="reads what is mapped from /proc")
def test_reading_keeps_nothing_of_the_parts_before(path: Path) -> None:
    columns = table_columns(path, TableSpec(label="click"), DeepSettings())
    pool, held, n_rows = pa.default_memory_pool(), [], 0
    before = pool.bytes_allocated()
    for batch in batches(path, columns):
        n_rows += batch.num_rows
        held.append(pool.bytes_allocated() - before)
        assert str(path) not in mapped()
    assert n_rows == _GROUPS * _GROUP_ROWS
    assert max(held[-6:]) < 1.2 * max(held[:6])


@pytest.mark.skipif(sys.platform != "linux", reason="reads what is mapped from /proc")
def test_batches_are_of_memory_alone(path: Path, tmp_path: Path) -> None:
    columns = table_columns(path, TableSpec(label="click"), DeepSettings())
    prepare(path, columns, tmp_path / "rows", is_binary=True)
    rows = RowsOnDisk(tmp_path / "rows")
    shuffled = ShuffledBatches(rows, batch_rows=8192, seed=1, by_group=False)
    seen = []
    for batch in shuffled.of_pass(0):
        seen.append(batch.numbers)
        assert str(tmp_path) not in mapped()
    for _ in rows.in_order(8192):
        assert str(tmp_path) not in mapped()
    ordered = np.concatenate([batch.numbers for batch in rows.in_order(8192)])
    np.testing.assert_array_equal(ordered, rows.mapped().numbers)
    np.testing.assert_array_equal(np.sort(np.concatenate(seen), axis=0), np.sort(ordered, axis=0))
