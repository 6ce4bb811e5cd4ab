"""Events are typed text by text and times in bulk; row by row in SQL gives the same."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from baihuo.connect import value_sql
from baihuo.connect.coded_columns import coded, one_dictionary, padded, taken, without
from baihuo.connect.column_matching import EVENTS
from baihuo.connect.event_typing import typed_events
from baihuo.connect.text_cells import read_moments
from baihuo.engine import DuckTables

USUAL = "2025-01-01 00:00:18.433228Z"
ODD = (
    *(
        "",
        "null",
        "2025-02-30 00:00:00Z",
        "2025-01-01 24:00:00Z",
        "2025-01-01 23:59:60Z",
        "1735689618",
    ),
    *(
        "2025-01-01T00:00:18+08:00",
        "2025-01-01 00:00:18.4332281Z",
        "2025-01-01 00:00Z",
        "20250101Z",
    ),
    *(
        "0000-01-01 00:00:00Z",
        "9999-12-31 23:59:59Z",
        "2025/01/01 00:00:00Z",
        "2025-01-01x00:00:00Z",
    ),
    *(
        "2025-01-01 00:00:18.Z",
        "2025-01-01 00:00:18.4Z",
        "1899-12-31 23:59:59Z",
        "٢٠٢٥-01-01 00:00:00Z",
    ),
)


@pytest.fixture(scope="module")
def tables() -> DuckTables:
    return DuckTables(memory_mb=256, threads=1)


def by_rows(tables: DuckTables, texts: pa.Array) -> list[int | None]:
    """The times as the engine reads them, one by one."""
    field = next(f for f in EVENTS if f.name == "occurred_at_us")
    value = value_sql.value_of(field, pa.string(), "at", value_sql.Facts())
    rows = pa.table({"g_occurred_at_us": texts})
    found: list[int | None] = tables.sql(f"SELECT {value.sql} AS at FROM rows", rows=rows)[
        "at"
    ].to_pylist()
    return found


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5])
@pytest.mark.parametrize("zone", ["Z", ""])
def test_times_in_bulk_are_the_times_of_the_engine(
    tables: DuckTables, share: float, zone: str
) -> None:
    rng = random.Random(1)
    made = [
        f"20{rng.randrange(100):02}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}{rng.choice(' T')}"
        f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
        + (f".{rng.randrange(10**6)}" if zone and rng.random() < 0.7 else "")
        + zone
        for _ in range(3_000)
    ]
    texts = pa.array([rng.choice(ODD) if rng.random() < share else text for text in made])
    moments, odd = read_moments(texts)
    expected = by_rows(tables, texts)
    for text, moment, is_odd, truth in zip(
        texts.to_pylist(), moments.to_pylist(), odd.tolist(), expected, strict=True
    ):
        assert is_odd == (moment is None), text
        assert is_odd or moment == truth, text
    if not share:
        assert not odd.any()  # else the bulk is for nothing


@pytest.mark.parametrize("text", ODD)
def test_an_odd_time_is_never_read_in_bulk_as_another_time(tables: DuckTables, text: str) -> None:
    texts = pa.array([USUAL] * 40 + [text, None])
    moments, odd = read_moments(texts)
    truth = by_rows(tables, texts)
    assert moments.to_pylist()[:40] == truth[:40]
    assert odd[40] or moments[40].as_py() == truth[40]
    assert not odd[41]


def test_cells_are_typed_and_their_errors_counted_by_row(tables: DuckTables) -> None:
    n = 300
    rows = {
        "event_id": [f"e{i}" for i in range(n)],
        "event_type": ["click", "pv", "Purchase"] * (n // 3),
        "visitor_id": [f"v{i % 7}" for i in range(n)],
        "occurred_at": [f"2025-01-01 00:00:{i % 60:02}Z" for i in range(n)],
        "position": [str(i % 5) for i in range(n)],
        "price": ["12.50"] * n,
        "currency": ["EUR", "jpy", ""] * (n // 3),
    }
    rows["event_type"][3], rows["visitor_id"][6], rows["visitor_id"][9] = "dance", "", "NULL"
    rows["occurred_at"][12], rows["occurred_at"][15] = "yesterday", "2025-01-01T08:00:00+08:00"
    rows["position"][18], rows["position"][21], rows["position"][24] = "12.5", "+4", ""
    rows["price"][27], rows["currency"][30], rows["event_id"][33] = "cheap", "euro", "null"
    table = pa.table({k: pa.array(v) for k, v in rows.items()} | {"__line__": np.arange(2, n + 2)})
    sources = {k: k for k in rows if k != "occurred_at"} | {"occurred_at_us": "occurred_at"}
    typed, errors = typed_events(table, sources, currency="EUR", event_prefix="file", tables=tables)
    found = {i: errors[e].reason for i, e in enumerate(typed["error"].to_pylist()) if e is not None}
    assert found == {
        3: "bad_event_type",
        6: "no_visitor",
        9: "no_visitor",
        12: "bad_time",
        18: "bad_number",
    }
    withheld = {i for i, bits in enumerate(typed["withheld"].to_pylist()) if bits}
    assert withheld == {27, 30}
    got = {name: typed[name].to_pylist() for name in typed.column_names}
    assert got["event_type"][:3] == ["click", "click", "purchase"]
    assert got["occurred_at_us"][15] == got["occurred_at_us"][0] == 1_735_689_600_000_000
    assert (got["position"][21], got["position"][24], got["position"][4]) == (4, None, 4)
    assert got["price_minor"][:3] == [1250, 13, 1250]  # EUR, JPY (no decimals), and the given EUR
    assert got["currency"][:3] == ["EUR", "JPY", "EUR"]
    assert (got["price_minor"][27], got["price_minor"][30], got["currency"][30]) == (None,) * 3
    assert (got["event_id"][33], got["event_id"][34]) == ("file-35", "e34")


def test_a_table_of_codes_holds_only_texts_of_its_rows() -> None:
    parts = [
        pa.table({"id": coded(pa.array(texts))}).slice(1)
        for texts in (["secret", "a", "b", None], ["other", "b", "c"])
    ]
    whole = one_dictionary(pa.concat_tables(parts))
    assert whole["id"].to_pylist() == ["a", "b", None, "b", "c"]
    assert [c.dictionary.to_pylist() for c in whole["id"].chunks] == [["a", "b", "c"]] * 2


def test_codes_follow_their_texts() -> None:
    column = coded(pa.array(["x", "", "y", None, "x"]))
    assert without(column, np.array([False, True, False])).to_pylist() == [
        "x",
        None,
        "y",
        None,
        "x",
    ]
    assert taken(pa.array([1, None, 3]), column).to_pylist() == [1, None, 3, None, 1]
    same = taken(pa.array(["click", None, "click"]), column)
    assert same.to_pylist() == ["click", None, "click", None, "click"]
    assert (same.null_count, same.dictionary.to_pylist()) == (2, ["click"])
    assert padded({"a": pa.array([1, 2]), "b": pa.array(["z"])})["b"].to_pylist() == ["z", None]
