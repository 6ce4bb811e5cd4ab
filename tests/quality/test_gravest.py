"""Each row of a round is counted once, by the gravest of its findings."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.quality.gravest import BY_GRAVITY, count_round


def test_counts_are_those_that_the_engine_finds(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    n = 2_000
    table = pa.table(
        {
            "import_id": pa.array(rng.integers(1, 3, n), pa.int32()),
            "line": pa.array(rng.integers(1, 700, n), pa.int64()),
            "action": rng.choice(BY_GRAVITY, n),
            "field": rng.choice(["price_minor", "position"], n),
        }
    )
    part, overlap = tmp_path / "part.parquet", tmp_path / "overlap.parquet"
    pq.write_table(table, part)
    beside = {
        "import_id": pa.array([1] * 300, pa.int32()),
        "line": pa.array(range(300), pa.int64()),
    }
    pq.write_table(pa.table(beside), overlap)
    for out in (None, overlap):
        rows = "part" if out is None else "part ANTI JOIN beside USING (import_id, line)"
        gravity = f"list_position({list(BY_GRAVITY)}, action)"
        expected = (
            duckdb.connect()
            .execute(
                f"WITH part AS (FROM '{part}'), beside AS (FROM '{overlap}') "
                f"SELECT g, count(*) FROM (SELECT max({gravity}) AS g FROM {rows} GROUP BY import_id, line) GROUP BY g"
            )
            .fetchall()
        )
        found = count_round(part, out)
        assert {BY_GRAVITY[g - 1]: k for g, k in expected} == found.n_rows
        assert not found.is_note
        assert found.repaired == {"price_minor", "position"}


def test_a_round_of_notes_repairs_nothing(tmp_path: Path) -> None:
    note = {"import_id": pa.array([1], pa.int32()), "line": [2], "action": ["note"], "field": ["x"]}
    pq.write_table(pa.table(note), tmp_path / "part.parquet")
    found = count_round(tmp_path / "part.parquet", None)
    assert found.is_note
    assert not found.repaired
    assert found.n_rows == dict.fromkeys(BY_GRAVITY, 0) | {"note": 1}
