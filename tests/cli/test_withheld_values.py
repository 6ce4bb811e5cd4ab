"""Values that an import could not read: shown by import, check and lineage; their rows stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only
from typer.testing import CliRunner, Result

from baihuo.cli import context
from baihuo.cli.app import app
from baihuo.core import BadInput, ShopPaths

PRICES = ("9.90,EUR", "abc,EUR", "9.90,EURO", "abc,EURO", "-4.00,EUR", "12.00,EUR", "7.00,EUR")
WORDS = ("Lamp", "Chair", "Kettle", "Scarf", "Mirror", "Candle", "Basket")
RULES = """max_withheld: {}
schema: {{stop_above: null, warn_above: null}}
duplicates: {{stop_above: null, warn_above: null}}
"""
RULES += f"skip: {list(only('schema', 'duplicates', 'orphans', 'prices').skip)}\n"


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, [str(w) for w in words])


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consoles made by an earlier test keep the width of that time, and a narrow table cuts a cell in two."""
    for console in (context.stdout, context.stderr):
        monkeypatch.setattr(console, "_width", 160)


def words_of(result: Result) -> str:
    return " ".join(result.output.split())


def catalogue(path: Path, prices: tuple[str, ...] = PRICES) -> Path:
    rows = [f"p{i},{w},{p}\n" for i, (w, p) in enumerate(zip(WORDS, prices, strict=True))]
    path.write_text("product_id,title,price,currency\n" + "".join(rows))
    return path


def log(path: Path, *, bad: str = "free") -> Path:
    """Each visitor looks at every product and buys one; one purchase has a price in words."""
    lines = ["event_id,event_type,visitor_id,time,product_id,price,currency,quantity\n"]
    for v in range(14):
        day = f"2025-06-{1 + v:02}"
        lines += [f"w{v}-{p},view,v{v},{day}T12:{p:02}:00Z,p{p},,,\n" for p in range(7)]
        price = bad if v == 1 else "9.90"
        lines.append(f"b{v},purchase,v{v},{day}T13:00:00Z,p{v % 7},{price},EUR,1\n")
    path.write_text("".join(lines))
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop that is too small for shares of dirt."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "quality.yaml").write_text(RULES.format(1))
    return folder


def report_of(shop: Path) -> dict[str, Any]:
    return dict(json.loads(ShopPaths(shop).quality_report.read_text()))


def test_a_product_without_a_readable_price_keeps_its_history(shop: Path, tmp_path: Path) -> None:
    done = run("import", catalogue(tmp_path / "p.csv"), log(tmp_path / "e.csv"), "--shop", shop)
    assert done.exit_code == 0, done.output
    for words in ("values withheld", "products: p.csv 7 7 0 4", "bad_number 2", "bad_currency 2"):
        assert words in words_of(done)
    done = run("check", "--shop", shop)
    assert done.exit_code == 0, done.output
    products = {
        r["product_id"]: r for r in pq.read_table(ShopPaths(shop).clean_products).to_pylist()
    }
    assert {k: r["price_minor"] for k, r in products.items()} == {
        "p0": 990,
        "p1": None,
        "p2": None,
        "p3": None,
        "p4": None,  # less than nothing: readable, and taken by the check
        "p5": 1200,
        "p6": 700,
    }
    assert products["p2"]["currency"] is None
    report = report_of(shop)
    found = {f["check"] for f in report["findings"]}
    assert "unknown_product" not in found
    assert found <= {"bad_listing_price"}, "a value that is withheld is no new fault"
    assert report["tables"]["events"]["n_kept"] == 14 * 8
    assert report["refused"] == []
    by_table = {w["table"]: w for w in report["withheld"]}
    assert by_table["products"]["n_withheld"] == 4
    assert by_table["products"]["reasons"] == {"bad_number": 2, "bad_currency": 2}
    assert by_table["events"]["reasons"] == {"bad_number": 1}
    [example] = by_table["events"]["examples"]
    assert (example["field"], example["value"], example["row_id"]) == ("price", "free", "2:17")
    assert "1299.90" in example["fix"]
    page = (ShopPaths(shop).clean / "report.html").read_text()
    for words in ("Withheld at import", "EURO", "three letters of ISO 4217"):
        assert words in page
    shown = words_of(done)
    for words in ("products: withheld at import, 4 values", "row 1:3: price 'abc'", "1299.90"):
        assert words in shown
    story = words_of(run("lineage", "p3", "--shop", shop))
    assert "withheld at import: price 'abc' (bad_number)" in story
    assert "withheld at import: currency 'EURO' (bad_currency)" in story
    lineage = json.loads(run("lineage", "p3", "--json", "--shop", shop).stdout)
    assert [w["field"] for w in lineage["withheld"]] == ["price", "currency"]
    assert json.loads(run("lineage", "p0", "--json", "--shop", shop).stdout)["withheld"] == []


def test_a_bad_price_of_a_variant_costs_that_variant_its_price(tmp_path: Path) -> None:
    """It refused the whole product, with all its history."""
    rows: list[dict[str, Any]] = []
    for i, word in enumerate(WORDS):
        variants: list[Any] = [
            {"id": "s", "price_minor": 900 + i},
            {"id": "m", "price_minor": 990 + i},
        ]
        rows.append({"product_id": f"p{i}", "title": word, "price": 9.9, "currency": "EUR"})
        rows[-1]["variants"] = variants
    rows[1]["variants"][0]["price_minor"] = "call us"
    rows[2]["variants"][1]["stock_units"] = 2.5
    rows[3]["variants"][0]["price_minor"] = "930"  # text, and a number
    rows[4]["currency"] = "EURO"  # amounts of an unknown currency are no prices
    rows[5]["variants"][0] = "s"  # not a variant: nothing to keep
    file, out = tmp_path / "p.jsonl", tmp_path / "out"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (tmp_path / "rules.yaml").write_text(RULES.format(1))
    done = run("check", "--products", file, "--out", out, "--rules", tmp_path / "rules.yaml")
    assert done.exit_code == 0, done.output
    assert "row 1:2: variants[s].price_minor 'call us'" in words_of(done)
    kept = {r["product_id"]: r for r in pq.read_table(out / "products.parquet").to_pylist()}
    assert sorted(kept) == ["p0", "p1", "p2", "p3", "p4", "p6"]

    def prices(product: str) -> list[int | None]:
        return [v["price_minor"] for v in json.loads(kept[product]["variants"])]

    assert (kept["p1"]["price_minor"], prices("p1")) == (990, [None, 991])
    assert (prices("p2"), prices("p3"), prices("p4")) == ([902, 992], [930, 993], [None, None])
    withheld = pq.read_table(out / "withheld.parquet").to_pylist()
    assert [(r["line"], r["field"], r["value"], r["reason"]) for r in withheld] == [
        (2, "variants[s].price_minor", "call us", "bad_number"),
        (3, "variants[m].stock_units", "2.5", "bad_number"),
        (5, "currency", "EURO", "bad_currency"),
    ]
    [refused] = pq.read_table(out / "refused.parquet").to_pylist()
    assert (refused["line"], refused["field"]) == (6, "variants")


def test_a_corrected_copy_of_the_file_takes_them_away(shop: Path, tmp_path: Path) -> None:
    run("import", catalogue(tmp_path / "p.csv"), "--shop", shop)
    fixed = tuple("9.90,EUR" for _ in PRICES)
    run("import", catalogue(tmp_path / "p.csv", fixed), "--shop", shop)
    assert run("check", "--shop", shop).exit_code == 0
    assert report_of(shop)["withheld"] == []
    assert pq.read_table(ShopPaths(shop).clean_products)["price_minor"].to_pylist() == [990] * 7


def test_more_than_allowed_stop_training_and_the_limit_is_named(shop: Path, tmp_path: Path) -> None:
    """A column of prices in words would pass without a sound where only rows are counted."""
    run("import", catalogue(tmp_path / "p.csv"), "--shop", shop)
    (shop / "quality.yaml").write_text(RULES.format(0.3))
    said = str(run("check", "--shop", shop).exception)
    assert "products: 4 values of 7 rows could not be read at import" in said
    assert "2 bad_number, 2 bad_currency" in said
    assert "max_withheld" in said


def test_who_corrects_a_row_must_write_a_price_that_can_be_read(shop: Path, tmp_path: Path) -> None:
    run("import", catalogue(tmp_path / "p.csv", ("9.90,EUR",) * 7), "--shop", shop)
    rows = tmp_path / "e.jsonl"
    row = {"event_type": "click", "visitor_id": "v1", "time": "yesterday", "product_id": "p1"}
    good = {**row, "time": "2025-06-01T12:00:00Z"}
    rows.write_text(f"{json.dumps(row)}\n{json.dumps(good)}\n")
    run("import", rows, "--shop", shop)
    when = ("--set", "time=2025-06-02T08:00:00Z")
    fix = ("quarantine", "fix", "2:1", *when, "--why", "till", "--shop", shop)
    refused = run(*fix, "--set", "price=cheap").exception
    assert isinstance(refused, BadInput)
    assert "price 'cheap'" in refused.what
    assert "nothing was changed" in refused.what
    assert run(*fix, "--set", "price=9.90").exit_code == 0
