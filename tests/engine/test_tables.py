from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from baihuo.engine import DuckTables, written_whole


def numbers(path: Path, *values: int) -> Path:
    pq.write_table(pa.table({"n": pa.array(values, pa.int64())}), path)
    return path


def test_files_and_tables_are_named_inputs(tmp_path: Path) -> None:
    a, b = numbers(tmp_path / "a.parquet", 1, 2), numbers(tmp_path / "it's b.parquet", 3)
    tables = DuckTables()
    assert tables.sql("SELECT sum(n) AS n FROM x", x=[a, b])["n"].to_pylist() == [6]
    assert tables.sql("SELECT max(n) AS n FROM x", x=pa.table({"n": [7]}))["n"].to_pylist() == [7]


def test_a_file_replaced_under_its_name_is_read_anew(tmp_path: Path) -> None:
    tables, path = DuckTables(), tmp_path / "a.parquet"
    for value in range(20):
        numbers(tmp_path / "next", value).replace(path)
        assert tables.sql("SELECT n FROM x", x=path)["n"].to_pylist() == [value]


def test_out_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    tables, out = DuckTables(), tmp_path / "new" / "out.parquet"
    answer = tables.sql("SELECT 1::BIGINT AS n", out=out)
    assert answer.num_rows == 0
    assert answer.schema.names == ["n"]
    before = out.read_bytes()
    with pytest.raises(Exception, match="bad"):
        tables.sql(
            "SELECT CASE WHEN i = 99999 THEN error('bad') END FROM range(100000) t(i)", out=out
        )
    assert out.read_bytes() == before
    assert [p.name for p in out.parent.iterdir()] == ["out.parquet"]
    with pytest.raises(ZeroDivisionError), written_whole(tmp_path / "x") as part:
        part.write_text(str(1 // 0))
    assert not (tmp_path / "x").exists()


def test_calls_on_many_threads_do_not_see_each_other(tmp_path: Path) -> None:
    tables, wrong = DuckTables(threads=2), []

    def ask(k: int) -> None:
        mine = numbers(tmp_path / f"{k}.parquet", k)
        for _ in range(20):
            got = tables.sql("SELECT x.n + y.n AS n FROM x, y", x=mine, y=pa.table({"n": [k]}))
            if got["n"].to_pylist() != [2 * k]:
                wrong.append(k)

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert wrong == []


def test_more_than_memory_spills(tmp_path: Path) -> None:
    tables = DuckTables(memory_mb=100, threads=1, spill_dir=tmp_path / "spill")
    out = tmp_path / "sorted.parquet"
    tables.sql(
        "SELECT hash(i) AS h, repeat('x', 90) || i AS t FROM range(1500000) r(i) ORDER BY h",
        out=out,
    )
    hashes = pq.read_table(out, columns=["h"])["h"]
    assert hashes.length() == 1_500_000
    assert pc.all(pc.less_equal(hashes[:-1], hashes[1:])).as_py()


def test_map_arrow_sends_every_batch_through(tmp_path: Path) -> None:
    source = pa.table({"n": list(range(200_000))})
    out = tmp_path / "o.parquet"

    def double(batch: pa.RecordBatch) -> pa.RecordBatch:
        return pa.RecordBatch.from_arrays([pc.multiply(batch["n"], 2)], names=["n"])

    assert DuckTables().map_arrow(double, source, out=out) == 200_000
    assert pq.read_table(out)["n"].to_pylist() == list(range(0, 400_000, 2))
    assert DuckTables().map_arrow(double, source.slice(0, 0), out=out) == 0
    assert pq.read_table(out).num_rows == 0


def test_what_is_written_is_what_the_query_answers(tmp_path: Path) -> None:
    query = """
        SELECT i, i % 3 AS few, 'id ' || hash(i) AS many, 'word ' || i % 7 AS word, CASE WHEN i % 5 = 0 THEN i END AS gap,
               i * 0.1::DOUBLE AS x, i % 2 = 0 AS flag, [i, NULL] AS pair, {'a': i, 'b': 'x' || i} AS both, NULL::INTEGER AS nothing,
               DATE '2020-01-01' AS day, TIMESTAMPTZ '2020-01-01 00:00:00Z' AS at
        FROM range(300000) r(i) ORDER BY i"""
    out = tmp_path / "out.parquet"
    DuckTables(threads=2).keep(query, out=out)
    assert pq.read_table(out).equals(DuckTables().sql(query))
    groups = [pq.read_metadata(out).row_group(g).num_rows for g in range(3)]
    assert groups == [122_880, 122_880, 54_240]


def test_types_that_files_do_not_have_are_written_as_the_nearest(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    DuckTables().keep("SELECT sum(i) AS n, NULL AS nothing FROM range(10) r(i)", out=out)
    assert pq.read_table(out).to_pylist() == [{"n": 45.0, "nothing": None}]
    again = DuckTables().sql("SELECT n + 0.5 AS n, nothing + 1 AS m FROM x", x=out)
    assert again.to_pylist() == [{"n": 45.5, "m": None}]


def test_equal_rows_are_equal_bytes_however_many_threads_found_them(tmp_path: Path) -> None:
    query = "SELECT i, 'w' || i % 1000 AS w FROM range(400000) r(i) WHERE hash(i) % 3 <> 0 ORDER BY hash(i), i"
    outs = [tmp_path / f"{threads}.parquet" for threads in (1, 2, 4)]
    for out in outs:
        DuckTables(threads=int(out.stem)).keep(query, out=out)
    assert len({out.read_bytes() for out in outs}) == 1


def test_long_texts_are_written_in_small_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baihuo.engine.parquet_rows._GROUP_BYTES", 1 << 24)
    out = tmp_path / "out.parquet"
    tables = DuckTables()
    tables.keep("SELECT i, repeat('x', 1_000) AS t FROM range(60000) r(i)", out=out)
    assert pq.read_schema(out).field("t").type == pa.string()
    assert tables.sql("SELECT sum(length(t)) AS n FROM x", x=out)["n"].to_pylist() == [60_000_000]
    assert pq.read_metadata(out).num_row_groups == 3


def test_an_error_says_its_line() -> None:
    with pytest.raises(Exception, match="LINE 2"):
        DuckTables().sql("SELECT 1 AS a,\ncolour AS b")
