"""The "add a …" pages, followed to the letter."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.parquet as pq
from tests.docs.followed import REPOSITORY, Followed, follow
from tests.quality.chosen import few_checks

from baihuo import flow
from baihuo.catalog import Catalog
from baihuo.core import Query, Surface
from baihuo.quality import CHECKS
from baihuo.settings import Shop

Row: TypeAlias = dict[str, Any]


def check_files(
    copy: Followed,
    folder: Path,
    kind: str,
    rows: list[Row],
    *more: list[object],
    tests: Sequence[str] = (),
    **limits: object,
) -> tuple[list[Row], list[str]]:
    """The findings of a copy's new checks over a few rows, without a shop, and what more commands of that process print."""
    folder.mkdir()
    file, rules = folder / f"{kind}.jsonl", folder / "quality.yaml"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    changes: dict[str, object] = {"max_quarantined": 1, "min_events": 0, "schema": {"then": "warn"}}
    few_checks(rules, **changes)
    command = ("check", f"--{kind}", file, "--out", folder / "out", "--rules")
    commands = [[*command, rules], *more]
    if limits:
        few_checks(folder / "others.yaml", **limits)
        commands.append([*command[:-2], folder / "with others", "--rules", folder / "others.yaml"])
    _, *printed = copy.run(*commands, tests=tests)
    return pq.read_table(folder / "out/findings.parquet").to_pylist(), printed


def test_a_check(tmp_path: Path) -> None:
    copy = follow("add_a_check.md", tmp_path / "copy")
    row = {"visitor_id": "v1", "event_type": "search", "timestamp": "2026-03-01T10:00:00Z"}
    texts = ["https://shop.example/kettle", "https", "http cable"]
    events = [{**row, "event_id": text, "query_text": text} for text in texts]
    explain: list[object] = ["check", "--explain", "query_is_an_address"]
    (found,), (shown,) = check_files(copy, tmp_path / "files", "events", events, explain)
    assert (found["check"], found["action"], found["row_id"]) == (
        "query_is_an_address",
        "quarantine",
        "1:1",
    )
    assert "address of a web page" in " ".join(shown.split())


def test_the_page_names_the_groups_that_have_checks_of_one_row() -> None:
    page = (REPOSITORY / "docs" / "add_a_check.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| one row alone.*\| ([^|]+) \|$", page, re.M)
    assert set(re.findall(r"`(\w+)`", row)) == {check.step for check in CHECKS if check.predicate}


def test_a_group_of_checks(tmp_path: Path) -> None:
    copy = follow("add_a_group_of_checks.md", tmp_path / "copy")
    products = [{"product_id": f"p{n}", "title": f"Kettle {n}", "brand": "b" * n} for n in (60, 61)]
    (found,), (rules, _) = check_files(
        copy,
        tmp_path / "files",
        "products",
        products,
        ["check", "--default-rules"],
        tests=["tests/quality/test_brands.py"],
        brands={"max_brand_chars": 70},
    )
    assert (found["check"], found["row_id"]) == ("brand_is_a_sentence", "1:2")
    assert "max_brand_chars: 60" in rules
    assert pq.read_table(tmp_path / "files/with others/findings.parquet").num_rows == 0


def test_a_connector(tmp_path: Path) -> None:
    copy = follow("add_a_connector.md", tmp_path / "copy")
    asked = ("import", __file__, "--format", "avro", "--shop", tmp_path / "shop")
    (refused,) = copy.run(asked, tests=["tests/connect/test_feather.py"])
    assert "feather" in refused


def test_a_stage(released_shop: Shop, tmp_path: Path) -> None:
    copy = follow("add_a_stage.md", tmp_path / "copy")
    home = Query(query_id="q", surface=Surface.HOME, visitor_id="explain", at_us=flow.now_us())
    first = flow.explain(released_shop, home).served.page.placed[0].product_id
    with closing(Catalog(released_shop.catalog)) as catalog:
        catalog.set_offer(first, stock_units=2)
    asked = ("explain", "--surface", "home", "--shop", released_shop.root, "--json")
    (printed,) = copy.run((*asked, "--why-not", first), tests=["tests/rank/test_enough_stock.py"])
    explained = json.loads(printed)
    (stage,) = [s for s in explained["trace"] if s["stage"] == "enough_stock"]
    assert stage["kind"] == "filter"
    assert explained["why_not"]["stage"] == "enough_stock"
