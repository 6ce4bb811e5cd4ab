"""What status says of a shop at each stage: it works where nothing else does, and leaves no trace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.quality.chosen import few_checks
from typer.testing import CliRunner

from baihuo import flow
from baihuo.cli.app import app
from baihuo.settings import Shop

EVENTS = """event_id,event_type,visitor_id,product_id,occurred_at,price,currency
e1,click,v1,p1,2026-01-01T10:00:00Z,,
e2,purchase,v1,p1,2026-01-01T10:05:00Z,10.00,EUR
e3,click,v2,p2,2026-01-02T10:00:00Z,,
"""
PRODUCTS = "product_id,title_en,price,currency\np1,Red kettle,10.00,EUR\np2,Blue mug,4.00,EUR\n"


def _tree(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(p.relative_to(folder)): (p.stat().st_mtime_ns, p.stat().st_size)
        for p in folder.rglob("*")
    }


def _status(shop: Path) -> dict[str, object]:
    """Asked twice through the command line, as a person and as a program."""
    before = _tree(shop)
    shown = CliRunner().invoke(app, ["status", "--shop", str(shop)])
    assert shown.exit_code == 0, shown.output
    asked = CliRunner().invoke(app, ["status", "--shop", str(shop), "--json"])
    assert asked.exit_code == 0, asked.output
    assert _tree(shop) == before  # nothing was written, no file touched
    told: dict[str, object] = json.loads(asked.output)
    assert "next: " in shown.output
    return told


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    files = {"events.csv": EVENTS, "products.csv": PRODUCTS}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    made = Shop(tmp_path / "shop")
    flow.import_files(made, [tmp_path / name for name in files])
    return made


def test_a_folder_that_is_not_there_stays_so_and_says_how_to_begin(tmp_path: Path) -> None:
    told = _status(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    assert told["imports"] is None
    assert str(told["next_step"]).startswith("baihuo import")


def test_each_stage_says_what_comes_next(shop: Shop) -> None:
    told = _status(shop.root)
    assert told["imports"]["n_kept"] == {"events": 3, "products": 2}  # type: ignore[index]
    assert told["check"] is None
    assert str(told["next_step"]).startswith("baihuo check")
    few_checks(shop.rules_file, "schema", min_events=0)
    flow.check(shop)
    told = _status(shop.root)
    assert told["check"]["n_events"] == 3  # type: ignore[index]
    assert str(told["next_step"]).startswith("baihuo train")
    newest = told["imports"]["newest_event_at_us"]  # type: ignore[index]
    assert newest == 1_767_348_000_000_000  # 2026-01-02 10:00 UTC


def test_one_clock_ahead_does_not_hide_when_the_newest_event_happened(
    tmp_path: Path,
) -> None:
    ahead = tmp_path / "ahead.csv"
    ahead.write_text(f"{EVENTS}e4,click,v3,p1,2099-01-01T00:00:00Z,,\n")
    fresh = Shop(tmp_path / "another")
    flow.import_files(fresh, [ahead])
    newest = _status(fresh.root)["imports"]["newest_event_at_us"]  # type: ignore[index]
    assert newest == 1_767_348_000_000_000  # 2026-01-02 10:00 UTC


def test_data_that_failed_its_checks_is_named_with_the_reason(shop: Shop) -> None:
    few_checks(shop.rules_file, "schema", min_events=1000)
    flow.check(shop)
    told = _status(shop.root)
    assert told["check"]["verdict"] == "stop"  # type: ignore[index]
    assert "report.html" in str(told["next_step"])


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("1-raw/imports.json", "{", "imports.json"),
        ("5-bundles/live.json", "[]", "live.json"),
        ("2-clean/report.json", "{}", "report.json"),
        ("shop.yaml", "serv: {}\n", "shop.yaml"),
        ("1-raw/log.sqlite", "no database at all", "log.sqlite"),
        ("5-bundles/b1/manifest.json", "{}", ""),
        ("5-bundles/b1/gate.json", "[", ""),
    ],
)
def test_a_damaged_file_is_a_problem_told_beside_the_other_stages(
    shop: Shop, file: str, text: str, named: str
) -> None:
    path = shop.root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    told = _status(shop.root)
    problems = " ".join(told["problems"])  # type: ignore[arg-type]
    assert named in problems
    if named:
        assert told["next_step"] == f"fix this first: {told['problems'][0]}"  # type: ignore[index]


def test_a_policy_that_opens_orders_by_what_anybody_may_write_is_warned_of(shop: Shop) -> None:
    policy = shop.policy_file
    assert _status(shop.root)["warnings"] == []
    policy.write_text("cancel: {within_hours: 2}\n", encoding="utf-8")
    assert _status(shop.root)["warnings"] == []
    policy.write_text(
        "telling: {orders: [email], writes: [server_key, email, name_and_zip]}\n", encoding="utf-8"
    )
    warnings = str(_status(shop.root)["warnings"])
    assert "orders, writes by `email`" in warnings
    assert "opens writes by `name_and_zip`" in warnings
    assert not any("fix this" in str(v) for v in _status(shop.root).values())
    shown = CliRunner().invoke(app, ["assist", "policy", "--shop", str(shop.root)])
    assert "by `email`" in shown.stderr
