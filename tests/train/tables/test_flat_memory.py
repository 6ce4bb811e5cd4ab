"""Memory of a training does not grow with its file: nothing of it stays mapped, and no buffer is kept from part to part."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.models import DeepSettings
from baihuo.models.deep.rows import ShuffledBatches
from baihuo.train import TableSpec
from baihuo.train.tables.prepare import prepare
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.stage import table_columns

_GROUP_ROWS = 70_000


def write(path: Path, n_groups: int) -> Path:
    """Two columns of words that hardly repeat, in so many parts."""
    rng, writer = np.random.default_rng(0), None
    for _ in range(n_groups):
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


# In a process of its own: Arrow counts the bytes of a whole process, other tests' threads among them.
_READ = """
import sys
from pathlib import Path
import pyarrow as pa
from baihuo.models import DeepSettings
from baihuo.train import TableSpec
from baihuo.train.tables.read_table import batches
from baihuo.train.tables.stage import table_columns

path = Path(sys.argv[1])
columns = table_columns(path, TableSpec(label="click"), DeepSettings())
most, n_rows = 0, 0
for batch in batches(path, columns):
    n_rows += batch.num_rows
    most = max(most, pa.total_allocated_bytes())
    assert str(path) not in Path("/proc/self/maps").read_text()
print(most, n_rows)
"""


def most_bytes(path: Path) -> tuple[int, int]:
    """Bytes that Arrow held at most while a file was read, and the rows read."""
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=True
    )
    most, n_rows = done.stdout.split()
    return int(most), int(n_rows)


@pytest.mark.skipif(sys.platform != "linux", reason="reads what is mapped from /proc")
def test_reading_a_longer_file_takes_no_more_memory(tmp_path: Path) -> None:
    short, n_short = most_bytes(write(tmp_path / "short.parquet", 3))
    long, n_long = most_bytes(write(tmp_path / "long.parquet", 24))
    assert (n_short, n_long) == (3 * _GROUP_ROWS, 24 * _GROUP_ROWS)
    assert long < 1.2 * short


@pytest.mark.skipif(sys.platform != "linux", reason="reads what is mapped from /proc")
def test_batches_are_of_memory_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "train.parquet", 12)
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
