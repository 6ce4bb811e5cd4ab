"""What the real files hold, against counts made another way."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import itertools
import json
import statistics
import zipfile
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from tests.connect.conftest import Shop

from baihuo.connect import ImportResult, online_retail

_N_LINES = 40_000  # of the invoices: a month, with every kind of line that the file has
Imported: TypeAlias = tuple[Shop, ImportResult, list[dict[str, str]]]
"""A shop, what its import said, and the lines of the file."""


@pytest.fixture(scope="module")
def retail(
    shared_data: Callable[[str], Path],
    shop_at: type[Shop],
    tmp_path_factory: pytest.TempPathFactory,
) -> Imported:
    whole = shared_data("online_retail") / "transactions.csv.gz"
    shop = shop_at(tmp_path_factory.mktemp("retail"))
    path = tmp_path_factory.mktemp("first") / whole.name
    with gzip.open(whole, "rb") as file, gzip.open(path, "wb", compresslevel=1) as first:
        first.writelines(itertools.islice(file, _N_LINES))
    result = shop.take(path)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        return shop, result, list(csv.DictReader(text))


def test_every_invoice_line_is_an_event_or_stands_in_quarantine(retail: Imported) -> None:
    shop, result, lines = retail
    products, events = result.records
    assert events.n_in == len(lines) == events.n_kept + events.n_quarantined
    assert products.n_in == len({r["StockCode"].strip().upper() for r in lines})
    kept, refused = shop.rows("events"), shop.refused()
    assert len(refused) == result.n_quarantined
    # No cell of this file spans lines, so line n + 2 is row n.
    seen = sorted(
        [r["line"] for r in kept] + [r["line"] for r in refused if r["table"] == "events"]
    )
    assert seen == list(range(2, len(lines) + 2))
    for row in kept[::997]:
        line = lines[row["line"] - 2]
        assert row["product_id"] == line["StockCode"].strip().upper()
        assert row["visitor_id"] == line["Customer ID"].removesuffix(".0")
        assert row["price_minor"] == round(float(line["Price"]) * 100)
        assert row["quantity"] == abs(int(line["Quantity"]))
        assert (row["event_type"] == "cancel") == line["Invoice"].startswith("C")
        local = dt.datetime.fromisoformat(line["InvoiceDate"])
        moment = local.replace(tzinfo=zoneinfo.ZoneInfo("Europe/London"))
        assert row["occurred_at_us"] == moment.timestamp() * 1_000_000


def test_lines_without_a_customer_and_fees_are_refused_for_that(retail: Imported) -> None:
    shop, _, lines = retail
    by_line = {r["line"]: r["reason"] for r in shop.refused() if r["table"] == "events"}
    fees = set(online_retail.NOT_PRODUCTS)
    for n, line in enumerate(lines, start=2):
        code = line["StockCode"].strip().upper()
        is_fee = code in fees or code.startswith(("GIFT_", "TEST"))
        expected = "not_a_product" if is_fee else None if line["Customer ID"] else "no_visitor"
        assert by_line.get(n) == expected


def test_a_code_has_its_most_frequent_description_and_median_price(retail: Imported) -> None:
    shop, _, lines = retail
    titles: dict[str, Counter[str]] = defaultdict(Counter)
    prices: dict[str, list[float]] = defaultdict(list)
    for line in lines:
        code = line["StockCode"].strip().upper()
        if float(line["Price"]) > 0:
            titles[code][" ".join(line["Description"].split())] += 1
            minor = round(float(line["Price"]) * 100)
            prices[code] += [minor] if minor else []
    products = {r["product_id"]: r for r in shop.rows("products")}
    assert len(products) > 2_500
    for code, row in products.items():
        if titles[code]:
            most = max(titles[code].values())
            assert titles[code][row["title_en"]] == most
        if prices[code]:
            assert abs(row["price_minor"] - statistics.median(prices[code])) <= 0.5


@pytest.fixture(scope="module")
def icecat(
    shared_data: Callable[[str], Path],
    shop_at: type[Shop],
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    paths = sorted(shared_data("icecat").glob("products_*.json.zip"))
    shop = shop_at(tmp_path_factory.mktemp("icecat"))
    return shop, shop.take(*paths), paths


def test_icecat_products_come_whole_with_readable_attributes(icecat: Any) -> None:
    shop, result, paths = icecat
    assert (result.n_in, result.n_kept) == (19_406, 19_406)
    rows = {r["product_id"]: r for r in shop.rows("products")}
    with zipfile.ZipFile(paths[0]) as archive:
        first = json.loads(archive.read(archive.namelist()[0]))
    for entry in first[::250]:
        row = rows[entry["id"]]
        assert (row["title_en"], row["brand"], row["model"]) == (
            entry["title"].strip(),
            entry["supplier"].strip(),
            entry["name"].strip(),
        )
        assert (row["price_minor"], row["codes"]) == (entry["price"], entry["ean"])
        n_attributes = sum(k.startswith("attr_") and v not in ("", None) for k, v in entry.items())
        assert len(json.loads(row["attributes"])) == n_attributes
    notebook = rows["2101957"]
    assert notebook["category"] == "Computers > Notebooks"
    assert json.loads(notebook["attributes"])["Contrast ratio (typical)"] == "200:1"
    n_with_category = sum(r["category"] is not None for r in rows.values())
    assert n_with_category > 0.93 * len(rows)


def test_icecat_categories_agree_with_icecats_own_product_types(icecat: Any) -> None:
    """1,532 products carry a type of their own; the rules may not contradict the clear ones."""
    shop, _, _ = icecat
    shelves = {
        "Processor": "Components > Processors",
        "Notebook": "Computers > Notebooks",
        "Headphones": "Audio and video > Headphones",
        "Desktop Board": "Components > Motherboards",
        "Network Interface Card": "Networking > Network equipment|Components > Expansion cards",
    }
    n_right, n = 0, 0
    for row in shop.rows("products"):
        own = json.loads(row["attributes"]).get("Product type")
        if own in shelves:
            n += 1
            n_right += row["category"] in shelves[own].split("|")
    assert n > 800
    assert n_right / n > 0.95


def test_a_cosmetics_log_of_another_shop_needs_no_mapping(
    shared_data: Callable[[str], Path], shop: Shop
) -> None:
    result = shop.take(shared_data("samples") / "rees46_2019_oct_1k.csv")
    assert (result.n_kept, result.n_quarantined) == (1_000, 0)
    first = shop.rows("events")[0]
    assert (first["event_type"], first["product_id"], first["price_minor"]) == (
        "click",
        "44600062",
        3579,
    )
    assert (
        first["occurred_at_us"] == dt.datetime(2019, 10, 1, tzinfo=dt.UTC).timestamp() * 1_000_000
    )
