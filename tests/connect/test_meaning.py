"""Names, times, money and nested values, by format."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.connect.conftest import Shop

from baihuo.core.tables import table_to_events, table_to_products

US = 1_000_000


def at_us(year: int, month: int, day: int, *clock: int) -> int:
    """``clock``: hours, minutes, seconds; those not given are 0."""
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    moment = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    return int(moment.timestamp()) * US


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-05-01T12:30:00Z", at_us(2024, 5, 1, 12, 30)),
        ("2024-05-01 12:30:00", at_us(2024, 5, 1, 12, 30)),
        ("2024-05-01 12:30:00 UTC", at_us(2024, 5, 1, 12, 30)),
        ("2024-05-01T12:30:00+08:00", at_us(2024, 5, 1, 4, 30)),
        ("2024-05-01T12:30:00-05:30", at_us(2024, 5, 1, 18, 0)),
        ("2024-05-01 12:30+08", at_us(2024, 5, 1, 4, 30)),
        ("2024-05-01T12:30:00.123456Z", at_us(2024, 5, 1, 12, 30) + 123_456),
        ("2024-05-01", at_us(2024, 5, 1)),
        ("1714566600", at_us(2024, 5, 1, 12, 30)),
        ("1714566600.25", at_us(2024, 5, 1, 12, 30) + 250_000),
        ("1714566600123", at_us(2024, 5, 1, 12, 30) + 123_000),
        ("1714566600123456", at_us(2024, 5, 1, 12, 30) + 123_456),
        ("1714566600123456789", at_us(2024, 5, 1, 12, 30) + 123_456),
        ("171456660012345678", 171_456_660_012_345),  # nanoseconds: the unit is seen from the size
        ("-5", None),
        ("infinity", None),
        ("01/05/2024 12:30", None),
    ],
)
def test_a_time_means_one_moment_or_is_refused(shop: Shop, written: str, meant: int | str) -> None:
    """Alone and beside a plain one, so that both ways of reading a column are taken."""
    for name, other in (("a.csv", "2024-01-01 00:00:00"), ("b.csv", "2024-01-01")):
        text = f"event_type,user_id,timestamp\nclick,a,{other}\nclick,b,{written}\n"
        shop.take(shop.file(name, text))
    found = [r["occurred_at_us"] for r in shop.rows("events") if r["visitor_id"] == "b"]
    assert found == ([] if meant is None else [meant] * 2)


def test_the_unit_in_a_column_name_is_believed(shop: Shop) -> None:
    shop.take(shop.file("a.csv", "event_type,user_id,occurred_at_ms\nclick,a,5000\n"))
    assert shop.rows("events")[0]["occurred_at_us"] == 5000 * 1000


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [
        ("19.99", "USD", 1999),
        ("0.1", "EUR", 10),
        ("1234567.89", "CNY", 123456789),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("0.005", "USD", 1),
        ("19.99", "usd", 1999),
    ],
)
def test_money_becomes_the_smallest_coin_of_its_currency(
    shop: Shop, price: str, currency: str, minor: int
) -> None:
    shop.take(shop.file("a.csv", f"sku,name,price,currency\n1,Cup,{price},{currency}\n"))
    row = shop.rows("products")[0]
    assert (row["price_minor"], row["currency"]) == (minor, currency.upper())


def test_a_tenth_of_a_penny_is_not_for_nothing(shop: Shop) -> None:
    head = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    line = "48949{n},PADS,PADS TO MATCH ALL CUSHIONS,1,2009-12-01 07:45:00,{price},13085.0,France\n"
    text = head + "".join(
        line.format(n=n, price=p) for n, p in enumerate(("0.001", "0.0", "0.005"))
    )
    shop.take(shop.file("a.csv", text), format="online_retail")
    assert [r["price_minor"] for r in shop.rows("events")] == [None, 0, 1]


def test_an_option_gives_the_currency_that_rows_lack(shop: Shop) -> None:
    text = "sku,name,price,currency\n1,Cup,500,\n2,Cup,5.00,USD\n3,Cup,5,dollars\n"
    result = shop.take(shop.file("a.csv", text), currency="JPY")
    assert [(r["price_minor"], r["currency"]) for r in shop.rows("products")] == [
        (500, "JPY"),
        (500, "USD"),
        (None, None),
    ]
    assert result.records[0].withheld == {"bad_currency": 1}


def test_prices_without_a_currency_are_kept_and_said(shop: Shop) -> None:
    result = shop.take(shop.file("a.csv", "sku,name,price,colour\n1,Cup,5.5,red\n"))
    assert (shop.rows("products")[0]["price_minor"], shop.rows("products")[0]["currency"]) == (
        550,
        None,
    )
    assert any("no currency" in note for note in result.records[0].notes)
    assert any("colour" in note for note in result.records[0].notes)


def test_the_usual_names_of_events_are_known(shop: Shop) -> None:
    names = {
        "view": "click",
        "view_item_list": "impression",
        "addToCart": "add_to_cart",
        "buy": "purchase",
        "Remove From Cart": "remove_from_cart",
        "refund": "cancel",
        "rate": "review",
    }
    lines = [
        json.dumps({"eventType": n, "userId": 7, "itemId": 9, "ts": 1714566600}) for n in names
    ]
    shop.take(shop.file("a.jsonl", "\n".join(lines)))
    assert [r["event_type"] for r in shop.rows("events")] == list(names.values())
    assert {(r["visitor_id"], r["product_id"]) for r in shop.rows("events")} == {("7", "9")}


def test_received_is_occurred_where_nobody_wrote_it_down(shop: Shop) -> None:
    shop.take(
        shop.file("a.csv", "event_type,user_id,time,received_at\nclick,a,10,20\nclick,b,10,\n")
    )
    assert [r["received_at_us"] // US for r in shop.rows("events")] == [20, 10]


def test_titles_go_to_the_language_of_their_script(shop: Shop) -> None:
    shop.take(shop.file("a.csv", "sku,title\n1,Red cup\n2,红色杯子 Cup\n"))
    found = [(r["title_en"], r["title_zh"]) for r in shop.rows("products")]
    assert found == [("Red cup", None), (None, "红色杯子 Cup")]


PRODUCT = {
    "product_id": "P1",
    "title_en": "Cup",
    "title_zh": "杯子",
    "category": ["Home", "Kitchen"],
    "codes": ["0884420588030"],
    "price_minor": 1999,
    "currency": "USD",
    "stock_units": 0,
    "attributes": {"Colour": "Red", "Volume": 0.3, "Dishwasher": True, "Empty": None},
    "variants": [
        {
            "variant_id": "P1-s",
            "attributes": {"Size": "S"},
            "price_minor": None,
            "stock_units": 3,
            "codes": [],
        }
    ],
    "images": ["a.svg", "b.svg"],
    "released_at_us": 1_700_000_000_000_000,
}


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_product_comes_out_the_same_from_every_format(shop: Shop, form: str) -> None:
    if form == "jsonl":
        path = shop.file("a.jsonl", json.dumps(PRODUCT, ensure_ascii=False) + "\n")
    elif form == "csv":
        cells = [v if isinstance(v, str | int) else json.dumps(v) for v in PRODUCT.values()]
        quoted = ['"' + str(c).replace('"', '""') + '"' for c in cells]
        path = shop.file("a.csv", ",".join(PRODUCT) + "\n" + ",".join(quoted) + "\n")
    else:
        path = shop.folder / "a.parquet"
        pq.write_table(pa.Table.from_pylist([PRODUCT]), path)
    shop.take(path)
    (product,) = table_to_products(pa.Table.from_pylist(shop.rows("products")))
    assert product.title_zh == "杯子"
    assert product.category == ("Home", "Kitchen")
    assert product.codes == ("0884420588030",)
    assert product.attributes == {"Colour": "Red", "Volume": 0.3, "Dishwasher": True}
    assert product.images == ("a.svg", "b.svg")
    assert (product.price_minor, product.stock_units) == (1999, 0)
    assert [(v.variant_id, v.attributes, v.stock_units) for v in product.variants] == [
        ("P1-s", {"Size": "S"}, 3)
    ]
    assert product.released_at_us == 1_700_000_000_000_000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("attributes", "red"),
        ("attributes", [1]),
        ("variants", {"a": 1}),
        ("variants", [{"size": 1}]),
        ("codes", "[1"),
    ],
)
def test_nested_values_of_the_wrong_shape_are_refused_alone(
    shop: Shop, field: str, value: Any
) -> None:
    bad = {**PRODUCT, field: value}
    lines = "\n".join(json.dumps(p) for p in (PRODUCT, bad, {**PRODUCT, "product_id": "P3"}))
    assert shop.take(shop.file("a.jsonl", lines)).reasons == {"bad_json": 1}
    assert [r["product_id"] for r in shop.rows("products")] == ["P1", "P3"]
    assert (shop.refused()[0]["field"], shop.refused()[0]["line"]) == (field, 2)


def test_attribute_columns_of_a_sheet_become_attributes(shop: Shop) -> None:
    shop.take(shop.file("a.csv", "sku,title,attr.Colour,attribute_Size\n1,Cup,Red,\n2,Mug,,L\n"))
    found = [json.loads(r["attributes"]) for r in shop.rows("products")]
    assert found == [{"Colour": "Red"}, {"Size": "L"}]


def test_bad_json_lines_are_refused_alone_with_their_line(shop: Shop) -> None:
    good = json.dumps({"event_type": "click", "visitor_id": "v", "time": "2024-05-01"})
    lines = [good, "", "{", "[1]", good, '{"event_type": "click"', "null", good, "\0", good]
    result = shop.take(shop.file("a.jsonl", "\n".join(lines)))
    assert [r["line"] for r in shop.rows("events")] == [1, 5, 8, 10]
    assert [(r["line"], r["reason"]) for r in shop.refused()] == [
        (3, "not_json"),
        (4, "not_an_object"),
        (6, "not_json"),
        (7, "not_an_object"),
        (9, "zero_byte"),
    ]
    assert result.n_in == 9


def test_a_key_that_only_later_objects_have_is_not_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baihuo.connect.tabular._JSON_BYTES", 256)
    first = {"event_type": "click", "visitor_id": "v", "time": "2024-05-01"}
    lines = [json.dumps(first)] * 20 + [json.dumps({**first, "stars": 4.5, "comment": "good"})]
    shop.take(shop.file("a.jsonl", "\n".join(lines)))
    rows = shop.rows("events")
    assert len(rows) == 21
    assert (rows[0]["rating"], rows[-1]["rating"], rows[-1]["text"]) == (None, 4.5, "good")


def test_parquet_types_are_taken_as_they_are(shop: Shop) -> None:
    n = 4
    table = pa.table(
        {
            "event": pa.array(["click", "purchase", None, "click"]).dictionary_encode(),
            "user_id": pa.array([1.0, 2.0, 3.0, float("nan")]),
            "item": pa.array(["a"] * n, pa.large_string()),
            "event_time": pa.array(
                [dt.datetime(2024, 5, 1, 12, 30)] * n, pa.timestamp("ms", "Asia/Shanghai")
            ),
            "price": pa.array([Decimal("1.50")] * n, pa.decimal128(9, 2)),
            "rating": pa.array([float("inf"), 4.0, 3.0, 2.0]),
            "nothing": pa.nulls(n),
        }
    )
    pq.write_table(table, shop.folder / "a.parquet")
    result = shop.take(shop.folder / "a.parquet", currency="CNY")
    assert result.reasons == {"bad_number": 1, "no_event_type": 1, "no_visitor": 1}
    (row,) = shop.rows("events")
    assert (row["visitor_id"], row["price_minor"], row["line"]) == ("2", 150, 2)
    assert row["occurred_at_us"] == at_us(2024, 5, 1, 12, 30)
    assert [r["line"] for r in shop.refused()] == [1, 3, 4]


def test_a_word_for_null_is_left_for_the_check_to_name_unless_it_is_how_the_file_writes_nothing(
    shop: Shop,
) -> None:
    def log(words: list[str]) -> str:
        lines = [f"purchase,v{i},a,2024-05-0{i % 9 + 1},{w}\n" for i, w in enumerate(words)]
        return "event_type,visitor_id,product_id,time,order_id\n" + "".join(lines)

    orders = [f"o{i}" for i in range(30)]
    for name, words, kept in (
        ("stray", ["null", "NaN", *orders], ["null", "NaN", *orders]),
        ("usual", ["null"] * 5 + orders, [*orders]),
    ):
        result = shop.take(shop.file(f"{name}.csv", log(words)))
        assert result.n_kept == len(words)
        found = [r["order_id"] for r in shop.rows("events")][-len(words) :]
        assert [order for order in found if order] == kept


def test_bytes_that_are_no_text_are_refused_in_parquet_too(shop: Shop) -> None:
    cells = pa.array([b"caf\xe9", b"good", None, b"\xe6\x89"], pa.binary())
    damaged = pa.StringArray.from_buffers(4, *cells.buffers()[1:], cells.buffers()[0])
    table = pa.table(
        {"event_type": ["search"] * 4, "user": list("abcd"), "time": [7] * 4, "query": damaged}
    )
    pq.write_table(table, shop.folder / "a.parquet")
    assert shop.take(shop.folder / "a.parquet").reasons == {"not_utf8": 2}
    assert [(r["line"], r["query_text"]) for r in shop.rows("events")] == [(2, "good"), (3, None)]
    assert [(r["line"], r["field"], r["value"]) for r in shop.refused()] == [
        (1, "query", "caf\ufffd"),
        (4, "query", "\ufffd"),
    ]


def test_personal_data_is_masked_on_the_way_in_even_in_quarantine(shop: Shop) -> None:
    text = (
        "event_type,visitor_id,time,text\n"
        "review,v1,2024-05-01,打13812345678找我\nreview,v2,2024-05-01,good\nreview,,2024-05-01,13812345678\n"
    )
    shop.take(shop.file("a.csv", text))
    assert [r["text"][:8] for r in shop.rows("events")] == ["打⟨phone:", "good"]
    everything = "".join(str(r) for r in shop.rows("events") + shop.refused())
    assert "13812345678" not in everything
    table_to_events(pa.Table.from_pylist(shop.rows("events")))


def test_progress_reaches_the_end(shop: Shop) -> None:
    seen: list[tuple[str, int, int]] = []
    path = shop.file("a.csv", "event_type,visitor_id,time\n" + "click,v,2024-05-01\n" * 100)
    shop.take(path, progress=lambda *step: seen.append(step))
    assert seen[0][1] == 0
    assert seen[-1][1] == seen[-1][2] == path.stat().st_size
