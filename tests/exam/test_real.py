"""Real files as the exam's shop, here written in their form by hand."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from baihuo.core import BadInput
from baihuo.exam.kinds import ALL, load_kinds
from baihuo.exam.real import real_shop
from baihuo.exam.run import plant_all

HEAD = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"


def retail(folder: Path) -> Path:
    path = folder / "transactions.csv"
    lines = [
        f"{500000 + n},{22000 + n % 7},MUG NO {n % 7},{1 + n % 4},2010-03-{1 + n % 28:02d} 10:{n % 60:02d}:00,"
        f"{1 + n % 7}.50,{13000 + n % 9}.0,United Kingdom\n"
        for n in range(200)
    ]
    path.write_text(
        HEAD + "".join(lines) + "500900,POST,POSTAGE,1,2010-03-02 10:00:00,3.00,,France\n"
    )
    return path


def icecat(folder: Path) -> Path:
    rows = [
        {
            "id": n,
            "name": f"M{n}",
            "title": f"Cable {n} m",
            "supplier": "Plugg",
            "price": 100 * n + 99,
        }
        for n in range(1, 40)
    ]
    with zipfile.ZipFile(folder / "products_1.json.zip", "w") as held:
        held.writestr("products_1.json", json.dumps(rows))
    return folder


def test_invoices_become_purchases_in_pounds_at_the_time_in_london(tmp_path: Path) -> None:
    shop = real_shop(retail(tmp_path), 1, events=60, products=60)
    first = shop.events[0].values
    assert shop.is_real
    assert {e.values["currency"] for e in shop.events} == {"GBP"}
    assert len(shop.events) >= 60
    assert first["occurred_at_us"] % 60_000_000 == 0
    assert {p.values["title_en"] for p in shop.products} <= {f"MUG NO {n}" for n in range(7)}


def test_products_of_icecat_get_simulated_visits_and_prices_in_dollars(tmp_path: Path) -> None:
    shop = real_shop(icecat(tmp_path), 1, events=120, products=20)
    assert len(shop.products) == 20
    assert all(p.values["price"].endswith(".99") for p in shop.products)
    known = {p.values["product_id"] for p in shop.products}
    assert {e.values["product_id"] for e in shop.events if "product_id" in e.values} <= known


@pytest.mark.parametrize("make", [retail, icecat])
def test_kinds_that_a_file_has_no_rows_for_are_left_out(make: object, tmp_path: Path) -> None:
    load_kinds()
    shop = real_shop(make(tmp_path), 1, events=150, products=30)  # type: ignore[operator]
    copies = plant_all(shop, 1, ALL.values())
    planted = {case.kind for copy in copies for case in copy.cases}
    assert all(copy.cases for copy in copies)
    assert "visitor_missing" in planted
    assert "titles_swapped" not in planted
    assert len(planted) < len(ALL)


def test_an_empty_zip_is_no_data_of_icecat(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as held:
        held.writestr("a.json", "[]")
    with pytest.raises(BadInput, match=r"a\.zip"):
        real_shop(tmp_path / "a.zip", 1, events=10, products=10)
