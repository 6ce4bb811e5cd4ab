"""Hashes that come more than once, whether all rows fit in memory at once or not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.engine import DuckTables
from baihuo.quality.checks.duplicates import repeated_hashes
from baihuo.quality.findings import FindingsStore


@pytest.mark.parametrize("most_rows", [10_000, 999, 70])
def test_values_that_come_twice_are_found_in_any_number_of_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_rows: int
) -> None:
    monkeypatch.setattr(repeated_hashes, "_MOST_ROWS", most_rows)
    rng = np.random.default_rng(1)
    pool = np.append(rng.integers(0, 2**64, 1_500, np.uint64), np.array([0, 2**64 - 1], np.uint64))
    values = {name: rng.choice(pool, 1_000) for name in ("a", "b")}
    values["a"][:4] = [0, 0, 2**64 - 1, 2**64 - 1]  # the ends of the range
    findings = SimpleNamespace(
        tables=DuckTables(memory_mb=128, threads=1),
        work=tmp_path,
        n_left=1_000,
        rows=lambda *columns: "raw",
        inputs=lambda: {"raw": pa.table(values)},
    )
    files = repeated_hashes.write_repeated_hashes(
        cast(FindingsStore, findings), {"hash_a": "a", "hash_b": "b"}, ("a", "b")
    )
    for name, file in files.items():
        expected = {v for v, n in Counter(values[name[-1]].tolist()).items() if n > 1}
        found = pq.read_table(file)["hash"].to_pylist()
        assert (set(found), len(found)) == (expected, len(expected))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["hash_a.parquet", "hash_b.parquet"]
