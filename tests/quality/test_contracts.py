"""Contracts of a shop, entries over SQL templates: what each template finds, and what it leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo.core import Event, Product
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.quality import CHECKS, CleanOptions, QualityRules, clean, explain, load_custom_checks
from baihuo.quality.contracts.contract import Entry, contract_types

Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def found(tmp_path: Path) -> Run:
    """An entry without its two sentences, events and listings → its findings."""

    def run(
        entry: str, events: list[Event], products: list[Product] | None = None
    ) -> list[dict[str, Any]]:
        lines = [*entry.strip().splitlines(), "why: it is odd", "fix: mend it"]
        (tmp_path / "checks").mkdir(exist_ok=True)
        text = "mine:\n" + "".join(f"  {line.strip()}\n" for line in lines)
        (tmp_path / "checks" / "shop.yaml").write_text(text, encoding="utf-8")
        pq.write_table(events_to_table(events), tmp_path / "e.parquet")
        pq.write_table(products_to_table(products or []), tmp_path / "p.parquet")
        rules = only("consent", rules=QualityRules())
        own = load_custom_checks(rules.own, tmp_path, [c.name for c in CHECKS])
        assert own.failed == ()
        assert "why: it is odd" in explain("mine", own)
        report = clean(
            DuckTables(threads=1),
            events=[tmp_path / "e.parquet"],
            products=[tmp_path / "p.parquet"],
            out=tmp_path / "out",
            rules=rules,
            now_us=2_000_000_000_000_000,
            options=CleanOptions(custom=own),
        )
        assert not [text for text in report.warnings if "shop.yaml" in text]
        rows = pq.read_table(tmp_path / "out" / "findings.parquet").to_pylist()
        mine = [r | {"line": int(r["row_id"].split(":")[1])} for r in rows if r["check"] == "mine"]
        return sorted(mine, key=lambda r: int(r["line"]))

    return run


def listing(n: int, **cells: Any) -> Product:
    return Product(product_id=f"p{n}", title_en=f"Thing {n}", **cells)


def lines(findings: list[dict[str, Any]]) -> list[int]:
    return [f["line"] for f in findings]


def test_a_condition_takes_rows_out_or_mends_a_cell(found: Run, event: Any) -> None:
    log = [event("click", i, position=p) for i, p in enumerate([1, 2, 400, None])]
    taken = "table: events\ntemplate: predicate\nwhere: position > 100\naction: quarantine"
    assert lines(found(taken, log)) == [3]
    mended = "table: events\ntemplate: predicate\nwhere: position > 100\naction: repair\nfield: position\nreplacement: '100'"
    [finding] = found(mended, log)
    assert '"new":"100"' in finding["detail"]
    assert '"old":"400"' in finding["detail"]


def test_a_form_that_most_cells_have_is_asked_of_all(found: Run) -> None:
    entry = (
        "table: products\ntemplate: pattern\ncolumn: brand\npattern: '[A-Z][a-z]+'\nmin_share: {}"
    )
    shop = [listing(i, brand="Acme" if i else "ACME 2") for i in range(10)]
    assert lines(found(entry.format(0.9), [], shop)) == [1]
    assert found(entry.format(0.95), [], shop) == []  # a tenth is written otherwise: no form


def test_a_row_against_most_rows_of_its_page(found: Run, event: Any) -> None:
    cells = ["web"] * 4 + ["app"] + ["web"] * 95
    log = [
        event("impression", i, query_id=f"q{i // 5}", platform=platform, device="phone")
        for i, platform in enumerate(cells)
    ]
    entry = "table: events\ntemplate: majority\nby: query_id\ncolumns: [platform, device]"
    [finding] = found(entry, log)
    assert finding["line"] == 5
    assert '"expected":"web"' in finding["detail"]
    one = entry.replace("[platform, device]", "platform") + "\naction: repair"
    assert '"new":"web"' in found(one, log)[0]["detail"]
    split = [event("click", i, query_id="q", platform="web" if i % 2 else "app") for i in range(8)]
    assert found(entry, split) == []  # nobody is most of them


def test_a_value_that_its_group_hardly_has(found: Run, event: Any) -> None:
    log = [event("click", i, platform="web", country="DE") for i in range(200)]
    log += [event("click", 300, platform="web", country="QQ")]
    entry = "table: events\ntemplate: rare\nby: platform\ncolumn: country"
    assert lines(found(entry, log)) == [201]
    log += [event("click", 400 + i, platform="web", country=f"A{i}") for i in range(9)]
    assert found(entry, log) == []  # many are rare: the column has no usual values


def test_a_number_far_from_the_median_of_its_group(found: Run) -> None:
    prices = [1000, 1100, 900, 1050, 950, 1200, 800, 1000, 9000]
    shop = [
        listing(i, category=("A",), price_minor=p, currency="EUR") for i, p in enumerate(prices)
    ]
    entry = "table: products\ntemplate: outlier\nby: category\ncolumn: price_minor"
    [finding] = found(entry, [], shop)
    assert finding["line"] == 9
    assert '"usual":1000' in finding["detail"]
    assert '"times":9' in finding["detail"]


def test_a_row_again_within_a_time(found: Run, event: Any) -> None:
    at_s = [0, 1, 100, 101.5, 103]
    log = [event("add_to_cart", s, product_id="p1") for s in at_s]
    entry = "table: events\ntemplate: repeat\nby: [visitor_id, product_id]\nwithin_s: 2"
    assert lines(found(entry, log)) == [2, 4, 5]
    assert lines(found(entry.replace("within_s: 2", "min_repeats: 6"), log)) == []
    codes = [listing(i, brand="x" if i < 2 else str(i)) for i in range(4)]
    [finding] = found("table: products\ntemplate: repeat\nby: brand", [], codes)
    assert '"same_as":"p0"' in finding["detail"]


def test_more_rows_in_a_window_than_anybody_makes(found: Run, event: Any) -> None:
    log = [event("click", i * 0.5, visitor_id="bot") for i in range(40)]
    log += [event("click", i * 30, visitor_id="anna") for i in range(40)]
    entry = "table: events\ntemplate: rate\nby: visitor_id\nwindow_s: 60\nmost: 30"
    assert lines(found(entry, log)) == list(range(1, 41))


def test_what_must_come_before_and_did_not(found: Run, event: Any) -> None:
    log = []
    for i in range(30):
        log += [event("click", i * 100, product_id=f"p{i}")] if i != 7 else []
        log += [event("purchase", i * 100 + 50, product_id=f"p{i}", quantity=1)]
    entry = "table: events\ntemplate: order\nby: [visitor_id, product_id]\nwhere: event_type = 'purchase'\nneeds: event_type = 'click'"
    [finding] = found(entry, log)
    assert log[finding["line"] - 1].product_id == "p7"
    few = [e for i, e in enumerate(log) if e.event_type == "purchase" or i < 20]
    assert found(entry, few) == []  # clicks are not logged as a rule


def test_a_text_that_states_another_value(found: Run) -> None:
    shop = [
        Product(product_id="a", title_en="Kettle 1.7 L", brand="1.7"),
        Product(product_id="b", title_en="Kettle 1.7 L", brand="1.5"),
        Product(product_id="c", title_en="Kettle 1.70 L", brand="1.7"),
        Product(product_id="d", title_en="Kettle 1 L or 2 L", brand="3"),  # says two: neither
    ]
    entry = r"""table: products
        template: stated
        column: brand
        text: title_en
        pattern: '(\d+(?:\.\d+)?) l\b'"""
    [finding] = found(entry, [], shop)
    assert finding["line"] == 2
    assert '"stated":"1.7"' in finding["detail"]


def test_the_table_in_the_documentation_is_read_and_lists_every_parameter(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
    [table] = re.findall(r"`checks/contracts.yaml`:\n\n```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "contracts.yaml").write_text(table, encoding="utf-8")
    own = load_custom_checks(QualityRules().own, tmp_path)
    assert own.failed == ()
    assert len(own.checks) == 3
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (.*) \|$", page, re.MULTILINE))
    for template, entry in contract_types().items():
        own_parameters = entry.model_fields.keys() - Entry.model_fields.keys()
        assert own_parameters - {"template"} <= {*re.findall(r"`(\w+)`", rows[template])}, template


@pytest.mark.parametrize(
    ("entry", "line", "says"),
    [
        ("template: majority\n  by: page\n  columns: device", 2, "no column 'page'"),
        ("template: majorty\n  by: query_id", 2, "majority"),
        ("template: rate\n  by: visitor_id\n  window_s: 0\n  most: 3", 5, "window_s"),
        (
            "template: rate\n  by: visitor_id\n  window_s: 9\n  most: 3\n  action: repair",
            2,
            "repairs no cell",
        ),
        ("template: outlier\n  by: query_id\n  column: price_minor\n  mad: 3", 6, "mads"),
    ],
)
def test_an_entry_that_cannot_be_says_its_line_and_what_may_stand_there(
    tmp_path: Path, entry: str, line: int, says: str
) -> None:
    (tmp_path / "checks").mkdir()
    text = f"mine:\n  table: events\n  {entry}\n  why: w\n  fix: m\n"
    (tmp_path / "checks" / "shop.yaml").write_text(text, encoding="utf-8")
    [failed] = load_custom_checks(QualityRules().own, tmp_path).failed
    assert says in failed
    assert failed.startswith("shop.yaml, line ")


def test_a_condition_that_is_no_sql_is_reported_with_the_line_of_its_entry(
    tmp_path: Path, event: Any
) -> None:
    (tmp_path / "checks").mkdir()
    text = "\nmine:\n  table: events\n  template: predicate\n  where: positon > 1\n  why: w\n  fix: m\n"
    (tmp_path / "checks" / "shop.yaml").write_text(text, encoding="utf-8")
    pq.write_table(events_to_table([event("click")]), tmp_path / "e.parquet")
    report = clean(
        DuckTables(threads=1),
        events=[tmp_path / "e.parquet"],
        products=[],
        out=tmp_path / "out",
        rules=only("consent", rules=QualityRules()),
        options=CleanOptions(custom=load_custom_checks(QualityRules().own, tmp_path)),
    )
    [failed] = [text for text in report.warnings if "shop.yaml" in text]
    assert "shop.yaml, line 2: " in failed
    assert "positon" in failed
