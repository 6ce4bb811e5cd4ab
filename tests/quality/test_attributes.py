from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo.core import Product, Variant
from baihuo.core.tables import products_to_table
from baihuo.engine import DuckTables
from baihuo.quality import CHECKS, clean

pytestmark = pytest.mark.checks("attributes")

GOOD = ("4006381333931", "0012345678905", "96385074")  # EAN-13, UPC-A behind a zero, EAN-8


def ean(number: int) -> str:
    digits = f"69{number:010d}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return f"{digits}{-total % 10}"


def shirts(n: int = 60, **changed: Any) -> list[Product]:
    """Shirts that say their colour in title and attribute; the first is changed."""
    colours = ("Red", "Blue")
    made = [
        Product(
            product_id=f"s{i}",
            title_en=f"Norvik shirt {i}a {colours[i % 2].lower()}",
            brand="Norvik",
            category=("Clothing", "Shirts"),
            attributes={"Colour": colours[i % 2], "Fit": "slim"},
            codes=(ean(i),),
        )
        for i in range(n)
    ]
    values = {n: getattr(made[0], n) for n in Product.__slots__} | changed
    return [Product(**values), *made[1:]]


@pytest.fixture
def found(cleaned: Any) -> Callable[[Sequence[Product]], set[tuple[str, str, str]]]:
    checks = {"bad_code", "attribute_said_twice", "variant_against_product", "shared_code"}
    return lambda products: {f for f in cleaned([], products).found() if f[1] in checks}


def test_products_that_agree_with_each_other_are_left_alone(found: Any) -> None:
    assert found(shirts()) == set()


def with_json(made: list[Product], attributes: Sequence[str]) -> pa.Table:
    """The products as a table, the first of them with attributes as some file had them."""
    table = products_to_table(made)
    column = pa.array([*attributes, *table["attributes"].to_pylist()[len(attributes) :]])
    return table.set_column(table.schema.get_field_index("attributes"), "attributes", column)


def clean_table(table: pa.Table, folder: Path) -> set[tuple[str, str]]:
    """(row, check) of what is found in a table of products."""
    pq.write_table(table, folder / "products.parquet")
    clean(
        DuckTables(threads=1),
        events=[],
        products=[folder / "products.parquet"],
        out=folder / "out",
        rules=only("schema"),
        now_us=1,
    )
    found = pq.read_table(folder / "out" / "findings.parquet").to_pylist()
    return {(f["row_id"], f["check"]) for f in found}


def test_attributes_that_are_no_json_object_are_emptied(tmp_path: Path) -> None:
    none = ["[]", "null", '"x"', "3", "true", ' [{"Colour": "Red"}]', ""]
    found = clean_table(with_json(shirts(), [*none, '\n\t {"Material": "cotton"}']), tmp_path)
    emptied = {f"0:{n}" for n in range(1, len(none) + 1)}
    assert {row for row, check in found if check == "bad_attributes"} == emptied
    kept = pq.read_table(tmp_path / "out" / "products.parquet").to_pylist()
    assert {row["attributes"] for row in kept if row["line"] <= len(none)} == {"{}"}


def test_odd_json_does_not_stop_the_check(tmp_path: Path) -> None:
    odd = ('{"a": 1, "a": 2}|[]|null|"x"|{"": ""}|{"a": {"b": []}}|{"\\u0000": "\\u202e"}').split(
        "|"
    )
    found = clean_table(with_json(shirts(), odd), tmp_path)
    assert found <= {(f"0:{line}", check.name) for line in range(1, 100) for check in CHECKS}
    kept = pq.read_table(tmp_path / "out" / "products.parquet").to_pylist()
    assert len(kept) == len(shirts())
    assert [json.loads(row["attributes"]) for row in kept]


@pytest.mark.checks("attribute_said_twice")
def test_two_spellings_of_one_attribute_with_two_values(found: Any) -> None:
    spellings = ("color", "COLOUR", "colour ", "颜色", "Colour:")

    def said(value: str) -> list[Product]:
        made = shirts()
        for n, spelling in enumerate(spellings):
            both = {**made[2 * n].attributes, spelling: value}
            made[2 * n] = replace(made[2 * n], attributes=both)
        return made

    lines = range(1, 2 * len(spellings), 2)
    assert found(said("Green")) >= {(f"0:{n}", "attribute_said_twice", "note") for n in lines}
    assert found(said("RED ")) == set()


@pytest.mark.checks("attribute_said_twice")
def test_one_size_in_two_systems_is_said_once(found: Any) -> None:
    """Real catalogues give inches under one spelling and millimetres under another."""
    pairs = [("18.74 x 14.02", "476 x 356"), ("5.31", "135"), ("2", "4"), ("500 g", "5 kg")]
    made = shirts()
    for n, (one, other) in enumerate(pairs):
        said = {"Pack size": one, "pack_size": other}
        made[n] = replace(made[n], attributes={**made[n].attributes, **said})
    assert found(made) == {(f"0:{n}", "attribute_said_twice", "note") for n in (3, 4)}


@pytest.mark.checks("variant_against_product")
def test_a_value_that_no_variant_has(found: Any) -> None:
    variants = tuple(
        Variant(variant_id=f"v{i}", attributes={"Colour": c})
        for i, c in enumerate(("Green", "Pink"))
    )
    assert found(shirts(variants=variants)) == {("0:1", "variant_against_product", "note")}
    fitting = (*variants, Variant(variant_id="v9", attributes={"color": "red"}))
    assert found(shirts(variants=fitting)) == set()


@pytest.mark.checks("variant_against_product")
def test_a_stock_that_is_not_that_of_the_variants_together(found: Any) -> None:
    made = [
        replace(
            p,
            stock_units=2 * n,
            variants=tuple(Variant(variant_id=f"v{n}-{i}", stock_units=n) for i in range(2)),
        )
        for n, p in enumerate(shirts())
    ]
    assert found(made) == set()
    made[4] = replace(made[4], variants=made[4].variants[:1])
    assert found(made) == {("0:5", "variant_against_product", "note")}
    own = [replace(p, stock_units=n) for n, p in enumerate(made)]  # counted elsewhere
    assert found(own) == set()


def sized(n: int = 30) -> list[Product]:
    """Shirts in three sizes, named by the ids of their variants."""
    return [
        replace(
            p,
            variants=tuple(
                Variant(
                    variant_id=f"{p.product_id}-{size}",
                    attributes={"Size": size},
                    codes=(ean(1000 + 3 * i + k),),
                )
                for k, size in enumerate(("S", "M", "X L"))
            ),
        )
        for i, p in enumerate(shirts(n))
    ]


@pytest.mark.checks("variant_against_product", "shared_code")
def test_variants_that_contradict_each_other_or_their_ids(found: Any) -> None:
    made = sized()
    assert found(made) == set()

    def with_variants(n: int, *variants: Variant) -> Product:
        return replace(made[n], variants=(*made[n].variants[:2], *variants))

    m = made[0].variants[1]
    changed = {
        0: with_variants(0, replace(m, variant_id="s0-M2", codes=())),  # the same options
        2: with_variants(2, made[4].variants[2]),  # another product's
        6: with_variants(6, replace(made[6].variants[2], attributes={"Size": "Red"})),  # its id
        7: with_variants(7, made[7].variants[0]),  # one id twice
        8: with_variants(8, replace(made[8].variants[2], codes=made[8].variants[0].codes)),
    }
    wrong = [changed.get(n, p) for n, p in enumerate(made)]
    of_variants = {(f"0:{n + 1}", "variant_against_product", "note") for n in (0, 2, 6, 7)}
    assert found(wrong) == of_variants | {("0:9", "shared_code", "note")}


@pytest.mark.checks("variant_against_product")
def test_a_shop_whose_variants_have_ids_and_options_of_its_own(found: Any) -> None:
    plain = [
        replace(
            p,
            variants=tuple(
                Variant(variant_id=f"{p.product_id}{k}", attributes={"Material": "cotton"})
                for k in range(3)
            ),
        )
        for p in shirts(30)
    ]
    assert found(plain) == set()


def with_codes(codes: Sequence[tuple[str, ...]]) -> list[Product]:
    """Shirts, the first of which have these codes; so many that none is the shop's own way."""
    made = shirts(600)
    return [replace(p, codes=c) for p, c in zip(made, codes, strict=False)] + made[len(codes) :]


@pytest.mark.checks("bad_code", "shared_code")
def test_a_wrong_code_is_taken_off_and_kept_in_the_finding(cleaned: Any) -> None:
    wrong = ("4006381333932", "0000000000000", "400-638-133393-2")
    run = cleaned([], with_codes([(code, good) for code, good in zip(wrong, GOOD, strict=True)]))
    assert run.found() == {(f"0:{n}", "bad_code", "repair") for n in (1, 2, 3)}
    rows = {r["line"]: r["codes"] for r in run.rows("products")}
    for n, (code, good) in enumerate(zip(wrong, GOOD, strict=True), 1):
        assert rows[n] == [good]
        assert run.details()[f"0:{n}", "bad_code"]["wrong"] == [code]
        assert run.details()[f"0:{n}", "bad_code"]["old"] == f"[{code}, {good}]"


@pytest.mark.checks("bad_code", "shared_code")
def test_a_code_that_a_spreadsheet_rounded_is_taken_out_and_shared_by_nobody(cleaned: Any) -> None:
    run = cleaned([], with_codes([("6.98220E+12",)] * 2))
    assert run.found() == {("0:1", "bad_code", "repair"), ("0:2", "bad_code", "repair")}
    assert [r["codes"] for r in run.rows("products") if r["line"] <= 2] == [[], []]


@pytest.mark.checks("bad_code", "shared_code")
def test_numbers_of_the_shops_own_are_no_bar_codes(cleaned: Any) -> None:
    own = [
        Product(product_id=f"p{i}", title_en=f"Thing {i}", codes=(f"{i:013d}",)) for i in range(20)
    ]
    run = cleaned([], own)
    assert run.found() == set()
    assert any(words.startswith("bad_code: ") for words in run.report.not_checked)


@pytest.mark.checks("bad_code", "shared_code")
def test_one_code_on_two_products_is_found_on_both(cleaned: Any) -> None:
    made = shirts()
    values = {n: getattr(made[1], n) for n in Product.__slots__}
    made[1] = Product(**{**values, "codes": ("0" + made[0].codes[0],)})  # padded to a GTIN-14
    run = cleaned([], made)
    assert {f for f in run.found() if f[1] == "shared_code"} == {
        ("0:1", "shared_code", "note"),
        ("0:2", "shared_code", "note"),
    }
    assert run.details()["0:1", "shared_code"]["others"] == ["s1"]
