"""Every table names what serves on a surface as the live bundle, its gate and ``shop.yaml`` have it, not as training hoped."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.click_bundles import linear_click_parts
from typer.testing import CliRunner

from baihuo.bundle import Bundle, set_live, write
from baihuo.cli.app import app
from baihuo.cli.release import gate_table
from baihuo.release import GateCheck, GateReport
from baihuo.settings import Shop

CHOSEN = {"search": "network", "home": "network", "similar": "popularity"}
LIFT = {"mid": 0.0333, "low": 0.03, "high": 0.04}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Trained: validation chose a model for searches and home pages; the gate withdrew that of home pages."""
    made = Shop(tmp_path)
    line = {"ndcg10": 0.5, "mrr10": 0.6, "recall10": 0.8, "n_pages": 90, "is_chosen": True}
    clicks = {
        "table": [{**line, "surface": at, "system": name} for at, name in CHOSEN.items()],
        "lift": {at: {"over": "own", "order": name, **LIFT} for at, name in CHOSEN.items()},
        "clicks": {"log_loss": 0.2, "constant_log_loss": 0.3, "auc": 0.7, "ece": 0.01},
    }
    parts = linear_click_parts(("price_log", "position"), CHOSEN, {"price_log": 1.0})
    write(made.bundles, {**parts, "report.json": {"index_id": "i", "clicks": clicks}})
    return made


def run_gate(shop: Shop) -> str:
    [folder] = (file.parent for file in shop.bundles.glob("*/manifest.json"))
    bundle = Bundle.open(folder)
    report = GateReport(bundle_id=bundle.bundle_id, checks=(), order_by={"home": "fused"})
    bundle.write_gate(report.to_json())
    return bundle.bundle_id


def evaluated(shop: Shop, *more: str) -> str:
    done = CliRunner().invoke(
        app, ["evaluate", "--shop", str(shop.root), *more], env={"COLUMNS": "200"}
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def cells(table: str, surface: str) -> list[list[str]]:
    """The rows of a surface, a list of cells each."""
    rows = [line.split("  ") for line in table.splitlines() if line.strip().startswith(surface)]
    return [[cell.strip() for cell in row if cell.strip()] for row in rows]


def test_a_model_that_the_gate_withdrew_does_not_serve_in_any_table(shop: Shop) -> None:
    set_live(shop.bundles, run_gate(shop), "i")
    said = evaluated(shop)
    assert [row[-1] for row in cells(said, "search")] == ["yes", "yes"]
    assert [row[-1] for row in cells(said, "home")] == ["no, fused", "no, fused"]
    assert [row[-1] for row in cells(said, "similar")] == ["no, fused", "no, fused"]
    assert "Lift of what serves" not in said
    assert "This bundle serves: search learned:network, home fused, similar fused" in said


def test_the_order_that_shop_yaml_asks_for_is_what_serves(shop: Shop) -> None:
    set_live(shop.bundles, run_gate(shop), "i")
    shop.settings_file.write_text("surfaces: {search: {order: text}}\n")
    assert [row[-1] for row in cells(evaluated(shop), "search")] == ["no, text", "no, text"]


def test_before_a_release_nothing_serves(shop: Shop) -> None:
    said = evaluated(shop)
    assert [row[-1] for row in cells(said, "search")] == ["not released", "not released"]
    assert "This bundle does not serve: its gate was not run" in said
    run_gate(shop)
    assert "This bundle does not serve: it was not released" in evaluated(shop)


def test_evaluate_says_it_to_programs_and_on_the_page(shop: Shop) -> None:
    set_live(shop.bundles, run_gate(shop), "i")
    serves = json.loads(evaluated(shop, "--json"))["serves"]
    orders = {"search": "learned:network", "home": "fused", "similar": "fused"}
    assert serves == {"is_live": True, "why_not": None, "orders": orders}
    file = shop.root / "page.html"
    evaluated(shop, "--page", str(file))
    page = file.read_text()
    assert "network (serves)" in page
    assert "network (best model, refused)" in page
    assert "popularity (serves)" not in page


def test_not_measured_and_not_asked_are_not_yes() -> None:
    about: dict[str, Any] = {"is_passed": True, "measured": {}, "why": "because"}
    checks = (
        GateCheck(name="quality", **about | {"measured": {"rules_version": "7"}}),
        GateCheck(name="auc", **about, was_asked=False),
        GateCheck(name="skew", **about),
        GateCheck(name="lift", **about | {"is_passed": False}),
    )
    console = Console(file=io.StringIO(), width=120)
    console.print(gate_table(GateReport(bundle_id="b", checks=checks)))
    assert isinstance(console.file, io.StringIO)
    rows = [line.split("  ") for line in console.file.getvalue().splitlines()]
    filled = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    passed = {row[0]: row[1] for row in filled if len(row) == 3}
    assert {name: passed[name] for name in ("quality", "auc", "skew", "lift")} == {
        "quality": "yes",
        "auc": "not asked",
        "skew": "not measured",
        "lift": "NO",
    }
