"""An unreadable price, currency, stock or time of a listing costs a row that value, not the row."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.connect.conftest import Shop

from baihuo.connect import ImportRecord, forget_refused, forget_rows, import_files, imports
from baihuo.engine import DuckTables, RowChoice
from baihuo.privacy import Pseudonyms, column_mask

PRICES = [  # price, currency; what is kept of them; which fields are withheld, with their reasons
    ("9.90", "EUR", 990, "EUR", {}),
    ("", "EUR", None, "EUR", {}),
    ("9.90", "", 990, None, {}),
    ("-2.50", "EUR", -250, "EUR", {}),  # readable, so it is for the check `bad_price`
    ("abc", "EUR", None, "EUR", {"price": "bad_number"}),
    ("1e300", "EUR", None, "EUR", {"price": "bad_number"}),
    ("9.90", "EURO", None, None, {"currency": "bad_currency"}),
    ("", "EURO", None, None, {"currency": "bad_currency"}),
    ("abc", "EURO", None, None, {"price": "bad_number", "currency": "bad_currency"}),
]


def records(kind: str) -> list[dict[str, str]]:
    made = []
    for i, (price, currency, *_) in enumerate(PRICES):
        row = {"product_id": f"p{i}", "price": price, "currency": currency}
        if kind == "products":
            made.append({**row, "title": f"Lamp {i}"})
        else:
            time = f"2025-06-01T12:00:{i:02}Z"
            made.append({**row, "event_type": "purchase", "visitor_id": f"v{i}", "time": time})
    return made


def written(shop: Shop, rows: list[dict[str, Any]], form: str) -> Path:
    path = shop.folder / f"rows.{form}"
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif form == "jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    else:
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
    return path


def withheld(raw: Path) -> list[dict[str, Any]]:
    files = sorted((raw / "withheld").glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("kind", ["products", "events"])
def test_the_row_stays_without_the_value_that_cannot_be_read(
    shop: Shop, kind: str, form: str
) -> None:
    result = shop.take(written(shop, records(kind), form))
    assert (result.n_in, result.n_kept, result.n_quarantined) == (9, 9, 0)
    kept = [(r["price_minor"], r["currency"]) for r in shop.rows(kind)]
    assert kept == [(price, currency) for _, _, price, currency, _ in PRICES]
    assert shop.refused() == []
    first = 2 if form == "csv" else 1
    expected = [
        (i + first, field, PRICES[i][0] if field == "price" else PRICES[i][1], reason)
        for i, (*_, fields) in enumerate(PRICES)
        for field, reason in fields.items()
    ]
    rows = withheld(shop.raw)
    found = [(r["line"], r["field"], r["value"], r["reason"]) for r in rows]
    assert sorted(found) == sorted(expected)
    assert all(r["table"] == kind and r["fix"] and r["raw"] and r["file"] for r in rows)
    (record,) = result.records
    assert (record.n_withheld, result.n_withheld) == (6, 6)
    assert record.withheld == {"bad_number": 3, "bad_currency": 3}


def test_a_row_that_is_refused_for_another_reason_withholds_nothing(shop: Shop) -> None:
    text = "product_id,title,price,currency\n,Lamp,abc,EURO\np1,,abc,EUR\np2,Lamp,abc,EUR\n"
    result = shop.take(shop.file("a.csv", text))
    assert (result.n_kept, result.reasons) == (1, {"no_product_id": 1, "no_title": 1})
    assert [r["line"] for r in withheld(shop.raw)] == [4]


def test_prices_in_the_smallest_unit_and_columns_of_other_types(shop: Shop) -> None:
    rows = [
        {"product_id": "a", "title": "Lamp", "price_minor": "12.5", "currency": "EUR"},
        {"product_id": "b", "title": "Lamp", "price_minor": "1250", "currency": "EUR"},
        {"product_id": "c", "title": "Lamp", "price_minor": "1250", "currency": "??"},
    ]
    shop.take(written(shop, rows, "jsonl"))
    assert [r["price_minor"] for r in shop.rows("products")] == [None, 1250, None]
    odd = pa.table({"product_id": ["d"], "title": ["Lamp"], "price": [True]})
    pq.write_table(odd, shop.folder / "odd.parquet")
    shop.take(shop.folder / "odd.parquet")
    assert [r["field"] for r in withheld(shop.raw)] == ["price_minor", "currency", "price"]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_amount_of_money_as_stock_costs_the_listing_its_stock_alone(
    shop: Shop, form: str
) -> None:
    rows = [
        {"product_id": "a", "title": "Lamp", "stock_units": "CNY 74.90"},
        {"product_id": "b", "title": "Lamp", "stock_units": "12"},
    ]
    result = shop.take(written(shop, rows, form))
    assert (result.n_kept, result.n_quarantined) == (2, 0)
    assert [r["stock_units"] for r in shop.rows("products")] == [None, 12]
    found = [(r["field"], r["value"], r["reason"]) for r in withheld(shop.raw)]
    assert found == [("stock_units", "CNY 74.90", "bad_number")]


def test_the_shops_own_formats_withhold_too(shop: Shop) -> None:
    head = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    line = "489434,PADS,PADS,1,2009-12-01 07:45:00,{},13085.0,France\n"
    text = head + line.format("free") + line.format("6.95")
    shop.take(shop.file("a.csv", text), format="online_retail", kind="events")
    assert [r["price_minor"] for r in shop.rows("events")] == [None, 695]
    products = [
        {"id": f"{i}", "title": "Printer", "price": price}
        for i, price in enumerate((1999, "19.99", True, None, 10**19))
    ]
    done = shop.take(shop.file("b.json", json.dumps(products)), format="icecat")
    assert [r["price_minor"] for r in shop.rows("products")] == [1999, None, None, None, None]
    assert (done.n_kept, done.n_withheld) == (5, 3)
    values = [r["value"] for r in withheld(shop.raw)]
    assert values == ["free", "19.99", "True", str(10**19)]


def test_a_manifest_of_an_earlier_version_is_read(shop: Shop) -> None:
    shop.take(shop.file("a.csv", "product_id,title\n1,Lamp\n"))
    path = shop.raw / "imports.json"
    entries = json.loads(path.read_text())
    for entry in entries:
        del entry["n_withheld"], entry["withheld"]
    path.write_text(json.dumps(entries))
    (record,) = imports(shop.raw)
    assert isinstance(record, ImportRecord)
    assert (record.n_withheld, record.withheld) == (0, {})


def test_withheld_rows_hold_no_person_and_go_with_their_visitor(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    lines = [
        f"purchase,account-{i},2025-06-0{i + 1}T12:00:00Z,p1,call 13812345678,cheap" for i in (1, 2)
    ]
    path.write_text("\n".join(["event_type,visitor_id,time,product_id,text,price", *lines]) + "\n")
    key = b"key"
    raw = tmp_path / "raw"
    import_files([path], raw=raw, tables=DuckTables(threads=1), mask=column_mask(key, "hmac"))
    found = str(withheld(raw))
    assert "13812345678" not in found
    assert "account-1" not in found
    removed: Counter[str] = Counter()

    def note(counts: dict[str, Counter[str]]) -> None:
        removed.update({place: n.total() for place, n in counts.items()})

    leaves = Pseudonyms(key, "hmac").identities.of("account-1")
    assert leaves in found
    gone = RowChoice("visitor_id", values=[leaves])
    forget_rows(raw, gone, lambda text: False, note)  # its line is enough
    assert leaves not in str(withheld(raw))
    assert [r["line"] for r in withheld(raw)] == [3]
    assert removed == {"raw/withheld/000001.parquet": 1, "raw/events/000001.parquet": 1}
    forget_rows(raw, RowChoice("visitor_id", values=["x"]), lambda t: "account" in t, note)
    assert len(withheld(raw)) == 1
    forget_refused(raw, lambda record: True, note)
    assert withheld(raw) == []
    assert imports(raw)[0].n_withheld == 2, "what came in stays said"


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_time_that_cannot_be_read_costs_a_listing_that_time_alone(shop: Shop, form: str) -> None:
    times = ["20240312", "soon", "45363", "45363.5", "2024", "202403", "2024-03-12"]
    rows = [{"product_id": f"p{n}", "title": "Lamp", "released_at": t} for n, t in enumerate(times)]
    result = shop.take(written(shop, rows, form))
    assert (result.n_kept, result.n_quarantined) == (7, 0)
    at_us = [r["released_at_us"] for r in shop.rows("products")]
    assert at_us == [None] * 6 + [1_710_201_600_000_000]
    found = [(r["field"], r["value"], r["reason"]) for r in withheld(shop.raw)]
    assert found == [("released_at_us", t, "bad_time") for t in times[:6]]


def test_the_fix_of_a_sheets_day_says_what_a_sheet_does(shop: Shop) -> None:
    shop.take(written(shop, [{"product_id": "p", "title": "Lamp", "released_at": "45363"}], "csv"))
    [found] = withheld(shop.raw)
    assert "sheet" in found["fix"]
    assert "2024-05-01" in found["fix"]


def test_a_date_as_a_whole_number_is_no_second_of_1970(shop: Shop) -> None:
    rows = [
        {"product_id": f"p{n}", "title": "Lamp", "released_at": t}
        for n, t in enumerate([20240312, 45363, 2024, 1_710_201_600])
    ]
    shop.take(written(shop, rows, "parquet"))
    at_us = [r["released_at_us"] for r in shop.rows("products")]
    assert at_us == [None, None, None, 1_710_201_600_000_000]
    events = [
        {"event_type": "click", "visitor_id": f"v{n}", "product_id": "p", "occurred_at": t}
        for n, t in enumerate([20240312, 1_710_201_600])
    ]
    result = shop.take(written(shop, events, "parquet"))
    assert (result.n_kept, result.n_quarantined) == (1, 1)
