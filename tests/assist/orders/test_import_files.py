"""Orders from a shop's files: what is wrong is named, and an order is whole or not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from baihuo.assist import OrderStatus, read_orders
from baihuo.core import BadInput

HEADER = (
    "order_id,email,first_name,last_name,status,currency,product_id,variant_id,title,options,price,quantity,"
    "ordered_at,delivered_at,payment_kind,payment_last_four,line1,city,country,postal_code,visitor_id\n"
)
ANNA = (
    "1001,Anna@Example.com,Anna,Berg,delivered,EUR,p1,p1-m,Shirt,colour=red; size=M,19.90,2,"
    "2026-11-01T10:00:00Z,2026-11-05,credit_card,1234,Hauptstr. 1,Berlin,Germany,10115,v7\n"
)


def written(folder: Path, text: str, name: str = "orders.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_lines_of_items_become_orders(tmp_path: Path) -> None:
    lamp = "1001,anna@example.com,,,,EUR,p2,,Lamp,,49,,,,,,,,,,\n"
    read = read_orders([written(tmp_path, "\ufeff" + HEADER + ANNA + lamp)])
    (order,), (anna,) = read.batch.orders, read.batch.shoppers
    assert [i.variant_id for i in order.items] == ["p1-m", "p1-m", "p2"]
    assert order.total_minor == 2 * 1990 + 4900
    assert (order.status, order.currency) == (OrderStatus.DELIVERED, "EUR")
    assert order.items[0].options == {"colour": "red", "size": "M"}
    assert (anna.shopper_id, anna.first_name) == ("anna@example.com", "Anna")
    assert anna.payment_methods[0].last_four == "1234"
    assert read.batch.visitors == [("v7", "anna@example.com")]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("19.90", "abc", "price: 'abc' is no amount in EUR; write it as 129.00"),
        ("19.90", "19.905", "price: '19.905' is no amount in EUR"),
        ("19.90", "-5", "price: '-5' is no amount"),
        ("19.90", "NaN", "price: 'NaN' is no amount"),
        ("19.90", "1e99", "price: '1e99' is no amount"),
        ("delivered,", "deliverd,", "status: 'deliverd' is none; did you mean 'delivered'?"),
        (",2,", ",0,", "quantity: '0' is not a number of units from 1 to 1,000"),
        (",2,", ",two,", "quantity: 'two' is not a number"),
        ("2026-11-05", "5.11.2026", "delivered_at: '5.11.2026' is no time; write it as"),
        ("EUR", "euro", "currency: 'euro' is none; write it as CNY"),
        (
            "credit_card",
            "creditcard",
            "payment_kind: 'creditcard' is none; did you mean 'credit_card'?",
        ),
        (
            "1234",
            "4111111111111111",
            "payment_last_four: it is not four digits; never write a whole",
        ),
        ("colour=red; size=M", "red", "options: 'red' are none; write them as colour=red"),
        ("1001,", ",", "order_id: it is missing"),
        ("Anna@Example.com", "", "shopper_id: it is missing, and so is email"),
    ],
)
def test_a_wrong_value_is_named_with_its_line_and_a_fix(
    old: str, new: str, says: str, tmp_path: Path
) -> None:
    path = written(tmp_path, HEADER + ANNA.replace(old, new, 1))
    read = read_orders([path])
    assert not read.batch.orders
    assert read.refused[0].where == "orders.csv, line 2"
    assert read.refused[0].why.startswith(says)
    if "4111111111111111" in new:
        assert "4111" not in read.refused[0].why


def test_an_order_with_one_bad_row_is_left_out_as_a_whole(tmp_path: Path) -> None:
    lamp = ANNA.replace("19.90", "?").replace("p1", "p2")
    other = ANNA.replace("1001", "1002").replace("v7", "v8")
    read = read_orders([written(tmp_path, HEADER + ANNA + lamp + other)])
    assert [o.order_id for o in read.batch.orders] == ["1002"]
    assert [(r.where[-1], r.why[:9]) for r in read.refused] == [
        ("3", "price: '?"),
        ("2", "order_id:"),
    ]


def test_json_orders_have_their_items_inside(tmp_path: Path) -> None:
    order = {
        "order_id": "1",
        "shopper_id": "s1",
        "currency": "CNY",
        "items": [{"product_id": "p1", "price": 12.5}, {"product_id": "p2", "price": "3"}],
    }
    for text in (
        json.dumps([order]),
        json.dumps(order),
        json.dumps(order) + "\n" + json.dumps({**order, "order_id": "2"}),
    ):
        read = read_orders([written(tmp_path, text, "orders.json")])
        assert read.batch.orders[0].total_minor == 1550
        assert read.batch.orders[0].status == OrderStatus.BOUGHT
        assert not read.refused
    bad = {**order, "items": "none"}
    assert (
        "items: there is no such field"
        in read_orders([written(tmp_path, json.dumps([bad, 3]))]).refused[0].why
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("order_id,product_id\n1,2\n", "has no column 'price'"),
        ("", "has no column 'order_id'"),
        ("[{", "is no JSON"),
        ("[" * 100_000, "nested too deep|is no JSON"),
        ('order_id,product_id,price\n"1,2,3\n', "it is no CSV"),
    ],
)
def test_a_file_that_is_none_of_orders_is_refused_as_a_whole(
    text: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=says):
        read_orders([written(tmp_path, text)])


def test_more_values_than_columns_are_named(tmp_path: Path) -> None:
    read = read_orders(
        [written(tmp_path, "order_id,product_id,price,currency,email\n1,p,2,EUR,a@b.cd,x\n")]
    )
    assert "more values than columns" in read.refused[0].why


def test_a_missing_folder_or_a_wrong_record_of_taubench_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"users\.json cannot be read"):
        read_orders([tmp_path])
    for name in ("users", "products"):
        (tmp_path / f"{name}.json").write_text("{}")
    order = {"user_id": "u", "status": "flying", "address": {}, "items": [], "payment_history": []}
    (tmp_path / "orders.json").write_text(json.dumps({"#1": order}))
    with pytest.raises(BadInput, match="#1: ValueError: status is 'flying', not one of pending"):
        read_orders([tmp_path])
