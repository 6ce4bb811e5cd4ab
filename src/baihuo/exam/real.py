"""Rows of a real file as the exam's shop: Online Retail's invoices, or Icecat's products."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from baihuo.core import BadInput
from baihuo.dirt import EVENTS, PRODUCTS, Row, Shop
from baihuo.exam.shop import visits

_HEAD = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"


def real_shop(path: Path, seed: int, *, events: int, products: int) -> Shop:
    """A part of a real file, drawn by the seed: all rows of some customers, or some products.

    Icecat has no log: the second simulator's visitors walk through its products.

    Raises:
        BadInput: ``path`` is neither Online Retail's transactions nor a zip (or a folder of zips) of Icecat's products.
    """
    rng = random.Random(f"real shop {seed}")
    zips = sorted(path.glob("*.zip")) if path.is_dir() else [path] if path.suffix == ".zip" else []
    if zips:
        return icecat(zips, rng, events, products)
    if not path.is_file():
        raise BadInput(f"--data {path} is not there", fix="name a file, or Icecat's folder")
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", encoding="utf-8") as lines:
        if lines.readline().strip().lstrip("\ufeff") != _HEAD:
            raise BadInput(
                f"--data {path} is no file that this exam reads",
                fix="give Online Retail's transactions.csv.gz, or Icecat's folder of products_*.json.zip",
            )
        return online_retail(lines, rng, events)


def online_retail(lines: Any, rng: random.Random, n: int) -> Shop:
    """Lines with a customer of a product's code, of as many customers as make ``n`` lines."""
    by_customer: dict[str, list[list[str]]] = {}
    for line in csv.reader(lines):
        if len(line) == 8 and line[6] and line[1][:5].isdigit() and float(line[5]) > 0:
            by_customer.setdefault(line[6].split(".")[0], []).append(line)
    names = sorted(by_customer)
    rng.shuffle(names)
    chosen: list[list[str]] = []
    for name in names:
        if len(chosen) >= n:
            break
        chosen += by_customer[name]
    chosen.sort(key=lambda line: line[4])
    zone = ZoneInfo("Europe/London")
    events = []
    for i, line in enumerate(chosen):
        invoice, code, _, pieces, at, price, customer, _ = line
        when = int(datetime.fromisoformat(at).replace(tzinfo=zone).timestamp()) * 1_000_000
        values = {
            "event_id": f"{invoice}-{i}",
            "event_type": "cancel" if invoice.startswith("C") else "purchase",
            "visitor_id": customer.split(".")[0],
            "order_id": invoice,
            "product_id": code.upper(),
            "quantity": abs(int(pieces)),
            "price": price,
            "currency": "GBP",
            "occurred_at_us": when,
            "received_at_us": when,
        }
        events.append(Row((EVENTS, i), values))
    return Shop(events, retail_products(chosen), is_real=True)


def retail_products(chosen: list[list[str]]) -> list[Row]:
    titles: dict[str, Counter[str]] = {}
    prices: dict[str, list[float]] = {}
    for line in chosen:
        code = line[1].upper()
        titles.setdefault(code, Counter())[line[2].strip()] += 1
        prices.setdefault(code, []).append(float(line[5]))
    rows = []
    for n, code in enumerate(sorted(titles)):
        title = titles[code].most_common(1)[0][0]
        price = sorted(prices[code])[len(prices[code]) // 2]
        values = {"product_id": code, "title_en": title, "price": f"{price:.2f}", "currency": "GBP"}
        rows.append(Row((PRODUCTS, n), values))
    return [r for r in rows if r.values["title_en"]]


def icecat(zips: list[Path], rng: random.Random, events: int, products: int) -> Shop:
    """Products drawn over all files, and visits of our own simulator to them."""
    read: list[dict[str, Any]] = []
    for path in zips:
        with zipfile.ZipFile(path) as held:
            for name in held.namelist():
                with held.open(name) as file:
                    read += json.load(io.TextIOWrapper(file, "utf-8"))
    if not read or "title" not in read[0]:
        raise BadInput(
            f"{zips[0]} holds no products of Icecat", fix="give the folder of products_*.json.zip"
        )
    chosen = rng.sample(read, min(products, len(read)))
    rows = [Row((PRODUCTS, n), icecat_product(p)) for n, p in enumerate(chosen)]
    log = visits(rng, [r.values for r in rows], events)
    return Shop(log, rows, is_real=True)


def icecat_product(entry: dict[str, Any]) -> dict[str, Any]:
    attributes = {
        key.split("_", 2)[2].replace("_", " "): value
        for key, value in entry.items()
        if key.startswith(("attr_t_", "attr_n_")) and value not in (None, "")
    }
    values: dict[str, Any] = {
        "product_id": str(entry["id"]),
        "title_en": entry["title"],
        "description_en": entry.get("short_description") or None,
        "brand": entry.get("supplier"),
        "model": entry.get("name"),
        "attributes": dict(list(attributes.items())[:20]),
        "codes": [str(e) for e in entry.get("ean") or []][:1],
        "currency": "USD",
    }
    if entry.get("price"):
        values["price"] = f"{float(entry['price']) / 100:.2f}"
    return {k: v for k, v in values.items() if v not in (None, "", [], {})}
