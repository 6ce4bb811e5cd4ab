"""What goes wrong in a catalogue: attributes, codes, categories, pictures, stock."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from baihuo.faults.dataset import DAY_US, Dataset, Faults, Row

_STOCK = ("product_id", "stock_units", "updated_at_us")

FAULTS = Faults()


def _sell_out(units: Callable[[Dataset, int], int], check: str) -> Callable[[Dataset, int], None]:
    """A figure of long ago, and sales that go on."""

    def apply(dataset: Dataset, n: int) -> None:
        if not _count_stock(dataset):
            return
        sold, kept, end_us = _sales(dataset), _kept(dataset), _last_us(dataset)

        def fits(row: Row) -> bool:
            id_ = row["product_id"]
            return row.get("stock_units") is not None and len(sold[id_]) >= 2 and kept[id_] >= 4

        # what sells is scarce in a small shop: half is left for the other faults that need it
        rows = dataset.clean("products", when=fits)
        for row in dataset.some(rows, min(n, -(-len(rows) // 2))):
            sales = sorted(sold[row["product_id"]], key=lambda e: e["received_at_us"])
            row["updated_at_us"] = sales[0]["received_at_us"] - dataset.rng.randint(1, 5 * DAY_US)
            row["stock_units"] = units(dataset, kept[row["product_id"]])
            is_old = end_us - row["updated_at_us"] > 40 * DAY_US
            dataset.label(row, check, also=("stale_stock",) if is_old else (), cells=_STOCK)
            dataset.reserve(*sales)

    return apply


def _count_stock(dataset: Dataset) -> bool:
    """Stock as a shop keeps it that counts every week: no fault, but what stale figures stand out from.

    Nothing counted as sold out was sold since. Answers whether the dataset has stock and sales at all.
    """
    end_us, sold = _last_us(dataset), _sales(dataset)
    rows = [
        r
        for r in dataset.products
        if id(r) not in dataset.cells and r.get("stock_units") is not None
    ]
    if not rows or not sold:
        return False
    for row in rows:
        if end_us - (row.get("updated_at_us") or 0) < 10 * DAY_US:
            continue
        row["updated_at_us"] = end_us - int(dataset.rng.uniform(2, 9) * DAY_US)
        since = [
            e for e in sold.get(row["product_id"], ()) if e["received_at_us"] > row["updated_at_us"]
        ]
        row["stock_units"] = max(row["stock_units"], sum(e["quantity"] or 1 for e in since))
    return True


def _last_us(dataset: Dataset) -> int:
    return max((r["received_at_us"] for r in dataset.events), default=0)


def _sales(dataset: Dataset) -> dict[str, list[Row]]:
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "purchase":
            sold[row["product_id"]].append(row)
    return sold


def _kept(dataset: Dataset) -> Counter[str]:
    """Units of each product that were bought and not cancelled."""
    units: Counter[str] = Counter()
    for row in dataset.events:
        if row["event_type"] in ("purchase", "cancel"):
            sign = 1 if row["event_type"] == "purchase" else -1
            units[row["product_id"]] += sign * (row["quantity"] or 1)
    return units


FAULTS.add(
    "stock none, sales go on",
    "sold_without_stock",
    is_certain=False,
    needs="products with stock and at least four units sold",
)(_sell_out(lambda dataset, sold: 0, "sold_without_stock"))


FAULTS.add(
    "stock few, sales go on",
    "sold_beyond_stock",
    is_certain=False,
    needs="products with stock and at least four units sold",
)(
    _sell_out(
        lambda dataset, sold: max(1, (sold - 3) // dataset.rng.randint(2, 6)), "sold_beyond_stock"
    )
)


@FAULTS.add(
    "stock forgotten",
    "stale_stock",
    is_certain=False,
    needs="categories of 30 products with stock, and sales",
)
def _forget(dataset: Dataset, n: int) -> None:
    """The feed stopped carrying the product: its figure is months old."""
    if not _count_stock(dataset):
        return
    sold = _sales(dataset)
    categories = by_category(dataset, 30)
    for rows in list(categories.values()):
        few = [r for r in rows if dataset.is_clean(r) and r.get("stock_units") is not None]
        for row in dataset.some(few, max(1, n // len(categories))):
            row["updated_at_us"] -= int(dataset.rng.uniform(50, 400) * DAY_US)
            n_sold = sum(e["quantity"] or 1 for e in sold.get(row["product_id"], ()))
            row["stock_units"] = max(row["stock_units"], n_sold)
            dataset.label(row, "stale_stock", cells=_STOCK)


@FAULTS.add(
    "a wrong category",
    "wrong_category",
    is_certain=False,
    needs="categories of 20 products, and a second one",
)
def _misplace(dataset: Dataset, n: int) -> None:
    """Put into a category drawn from all of them."""
    categories = sorted(by_category(dataset, 1))
    if len(categories) < 2:
        return
    known = {id(r) for rows in by_category(dataset, 20).values() for r in rows}
    for row in dataset.pick("products", n, when=lambda r: id(r) in known):
        row["category"] = dataset.rng.choice([c for c in categories if c != row["category"]])
        also = ("listing_price_outlier",)
        dataset.label(row, "wrong_category", also=also, cells=("category", "attributes"))


@FAULTS.add(
    "no category",
    "no_category",
    needs="products of a catalogue in which nearly all have a category",
)
def _uncategorize(dataset: Dataset, n: int) -> None:
    """A listing that nobody has put into a category yet."""
    with_category = sum(bool(r.get("category")) for r in dataset.products)
    if with_category < 0.95 * len(dataset.products):
        return
    for row in dataset.pick("products", n, when=lambda r: r.get("category")):
        row["category"] = ""
        dataset.label(row, "no_category", also=("null_word_in_listing",))


@FAULTS.add("an attribute said twice", "attribute_said_twice", needs="products with attributes")
def _say_twice(dataset: Dataset, n: int) -> None:
    """A second spelling of an attribute, with another value."""
    values: dict[str, set[Any]] = defaultdict(set)
    for row in filter(dataset.is_clean, dataset.products):
        for key, value in attributes_of(row).items():
            if isinstance(value, str | int | float):
                values[key].add(value)
    for row in dataset.pick("products", n, when=attributes_of):
        attributes = attributes_of(row)
        key = dataset.rng.choice(sorted(attributes))
        others = sorted(
            (
                v
                for v in values[key]
                if str(v).lower() != str(attributes[key]).lower()
                and type(v) is type(attributes[key])
            ),
            key=str,
        )
        spellings = [key.upper(), key.lower(), key.replace(" ", "_"), key.replace(" ", "-") + ":"]
        spellings += {"Colour": ["Color", "颜色"], "Material": ["材质"], "Size": ["尺码"]}.get(
            key, []
        )
        spellings = [s for s in spellings if s not in attributes]
        if not others or not spellings or isinstance(attributes[key], bool):
            continue
        attributes[dataset.rng.choice(spellings)] = dataset.rng.choice(others)
        write_attributes(row, attributes)
        dataset.label(row, "attribute_said_twice")


@FAULTS.add("variants say another value", "variant_against_product", needs="products with variants")
def _contradict_variants(dataset: Dataset, n: int) -> None:
    """The product has a size or colour that none of its variants has."""
    for row in dataset.pick("products", n, when=variants_of):
        variants, attributes = variants_of(row), attributes_of(row)
        if dataset.rng.random() < 0.5 and isinstance(attributes.get("Colour"), str):
            for variant in variants:
                variant["attributes"]["Colour"] = (
                    "Lime" if attributes["Colour"] != "Lime" else "Teal"
                )
            row["variants"] = json.dumps(variants, ensure_ascii=False)
        else:
            key = sorted(variants[0]["attributes"])[0]
            write_attributes(row, {**attributes, key: "one size"})
        dataset.label(row, "variant_against_product")


@FAULTS.add("a code mistyped", "bad_code", needs="products with a code of 8, 12, 13 or 14 digits")
def _break_code(dataset: Dataset, n: int) -> None:
    """A digit mistyped, two neighbours swapped, or zeros typed to get past the form."""
    for row in dataset.pick("products", n, when=lambda r: r.get("codes") and all(r["codes"])):
        codes = list(row["codes"])
        at = dataset.rng.randrange(len(codes))
        digits, how = list(codes[at]), dataset.rng.random()
        if len(digits) not in (8, 12, 13, 14) or not codes[at].isdigit():
            continue
        if how < 0.15:
            digits = ["0"] * len(digits)
        elif how < 0.6:
            i = dataset.rng.randrange(len(digits))
            digits[i] = dataset.rng.choice([d for d in "0123456789" if d != digits[i]])
        else:  # 1 and 6 swapped keep the sum right: nobody could see it
            places = [
                i for i in range(len(digits) - 1) if (int(digits[i]) - int(digits[i + 1])) % 5
            ]
            if not places:
                continue
            i = dataset.rng.choice(places)
            digits[i], digits[i + 1] = digits[i + 1], digits[i]
        codes[at] = "".join(digits)
        row["codes"] = codes
        dataset.label(row, "bad_code", cells=("codes",))


@FAULTS.add("a code copied", "shared_code", needs="products with codes")
def _share_code(dataset: Dataset, n: int) -> None:
    """A listing made from a copy keeps the code of the first, with other zeros in front at times."""
    rows = dataset.pick("products", 2 * n, when=lambda r: r.get("codes") and all(r["codes"]))
    for row, other in zip(rows[::2], rows[1::2], strict=False):
        code = other["codes"][0]
        row["codes"] = [code if dataset.rng.random() < 0.7 else code.rjust(14, "0")]
        dataset.label(row, "shared_code", also=("near_duplicate",))
        dataset.label(other, "shared_code", also=("near_duplicate",))


@FAULTS.add("a picture lost", "broken_picture", needs="products with a picture that is a file")
def _lose_picture(dataset: Dataset, n: int) -> None:
    """A path to a file that is not there (any more)."""
    for row in dataset.pick("products", n, when=lambda r: r.get("images")):
        if re.match(r"[a-z]+:", row["images"][0]):
            continue
        path = row["images"][0]
        lost = (path + ".bak", path.upper(), path.replace("/", "/old/", 1), path[:-4], "../" + path)
        row["images"] = [dataset.rng.choice(lost), *row["images"][1:]]
        dataset.label(row, "broken_picture", cells=("images",))


@FAULTS.add(
    "a placeholder picture",
    "shared_picture",
    needs="products with pictures, of several categories and brands",
)
def _share_picture(dataset: Dataset, n: int) -> None:
    """One picture stands in for several products that have none of their own."""
    pictures = sorted(
        {r["images"][0] for r in dataset.products if r.get("images") and dataset.is_clean(r)}
    )
    groups = max(1, n // 12)
    for _ in range(groups if pictures else 0):
        picture = dataset.rng.choice(pictures)
        owners = [r for r in dataset.products if picture in (r.get("images") or ())]
        theirs = {r.get("category") for r in owners}
        pictured = dataset.clean("products", when=lambda r: r.get("images"))
        fitting = [r for r in pictured if r.get("category") not in theirs]
        rows = dataset.some(fitting, 12)
        if len({r.get("category") for r in rows}) < 3 or len({r.get("brand") for r in rows}) < 3:
            continue
        for row in rows:
            row["images"] = [picture]
            dataset.label(row, "shared_picture")
        for row in owners:
            dataset.excuse(row, "shared_picture")
            dataset.reserve(row)


def attributes_of(row: Row) -> dict[str, Any]:
    """The row's attributes; none where they cannot be read."""
    try:
        found = json.loads(row.get("attributes") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def variants_of(row: Row) -> list[dict[str, Any]]:
    """The row's variants; none where they cannot be read."""
    try:
        found = json.loads(row.get("variants") or "[]")
    except ValueError:
        return []
    is_list = isinstance(found, list) and all(isinstance(v, dict) for v in found)
    return found if is_list and all(v.get("attributes") for v in found) else []


def write_attributes(row: Row, attributes: dict[str, Any]) -> None:
    row["attributes"] = json.dumps(attributes, ensure_ascii=False, sort_keys=True)


def by_category(dataset: Dataset, least: int) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.products:
        if row.get("category"):
            found[row["category"]].append(row)
    return {c: found[c] for c in sorted(found) if len(found[c]) >= least}
