"""`baihuo check` notes what is unlike the shop's own data, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import few_checks
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.dirt import Shop
from baihuo.exam.line import write_files
from baihuo.exam.shop import clean_shop

DAY_US = 86_400_000_000


@pytest.fixture
def checked(tmp_path: Path) -> Callable[[Shop], tuple[list[dict[str, Any]], dict[str, Any]]]:
    """Findings and report of `baihuo check` on the files of a shop, with the learned checks alone."""

    def check(shop: Shop) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        write_files(shop, tmp_path)
        few_checks(tmp_path / "quality.yaml", "habits", "history")
        files = ["--events", "events.jsonl", "--products", "products.jsonl"]
        options = [o if o.startswith("--") else str(tmp_path / o) for o in files]
        options += ["--rules", str(tmp_path / "quality.yaml"), "--out", str(tmp_path / "out")]
        done = CliRunner().invoke(app, ["check", *options])
        assert done.exit_code == 0, done.output
        report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
        return pq.read_table(tmp_path / "out" / "findings.parquet").to_pylist(), report

    return check


def test_damage_of_a_group_an_id_and_a_listing_is_noted_by_the_command(checked: Any) -> None:
    shop = clean_shop(907, events=20_000, products=400)
    start = min(row.values["occurred_at_us"] for row in shop.events) // DAY_US
    for row in shop.events:
        day = row.values["occurred_at_us"] // DAY_US - start
        if (
            row.values["platform"] == "android"
            and day >= 18
            and row.values["event_type"] == "dwell"
        ):
            row.values["dwell_ms"] = 0
    pages = [row for row in shop.events if row.values["event_type"] == "impression"]
    pages[500].values["visitor_id"] = "v99999"
    shop.products[7].values["brand"] = shop.products[8].values["brand"] + " Trading GmbH"
    findings, report = checked(shop)
    assert {f["action"] for f in findings} == {"note"}
    details = [(f["check"], json.loads(f["detail"])) for f in findings]
    groups = {d["group"] for check, d in details if check == "unlike_its_history"}
    assert "platform android" in groups
    keys = {(d["key"], d["field"]) for check, d in details if check == "two_values_for_one_id"}
    assert ("query_id", "visitor_id") in keys
    fields = {d["field"] for check, d in details if check == "unlike_the_catalogue"}
    assert "brand" in fields
    assert sum(step["n_quarantined"] + step["n_repaired"] for step in report["steps"]) == 0


def test_of_a_sound_shop_the_command_notes_nothing(checked: Any) -> None:
    findings, _ = checked(clean_shop(907, events=20_000, products=400))
    assert findings == []
