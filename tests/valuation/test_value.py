"""``baihuo value`` on a small log with dirt that is known to harm, by the command."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from rich.console import Console
from tests.quality.chosen import few_checks
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.cli.value import value_tables
from baihuo.core import BadInput, NotFound
from baihuo.engine import DuckTables
from baihuo.valuation import ValueOptions, ValueReport, ValueSettings, value_dirt

START_US = 1_780_000_000_000_000
HOUR_US = 3_600_000_000
RUN = CliRunner()


def shop_with_dirt(folder: Path) -> Path:
    """Visitors who like one half of the shop each. A system names products by their codes, which a check resolves; retries come too."""
    rng, events = random.Random(5), []
    products = [
        {
            "product_id": f"p{n}",
            "title_en": f"{'Steel kettle' if n % 2 else 'Cotton shirt'} number {n}",
            "category": "Kitchen" if n % 2 else "Clothes",
            "price_minor": 1000 + n,
            "currency": "EUR",
            "codes": [f"40000{n:08d}"],
        }
        for n in range(40)
    ]
    for number in range(6_000):
        visitor = rng.randrange(150)
        liked = [n for n in range(40) if n % 2 == visitor % 2]
        product = f"p{rng.choice(liked)}"
        at_us = START_US + number * HOUR_US // 10
        page = f"q{number}"
        row = {
            "visitor_id": f"v{visitor}",
            "occurred_at_us": at_us,
            "received_at_us": at_us,
            "product_id": product,
            "query_id": page,
            "surface": "home",
            "position": 1 + number % 5,
        }
        events.append({**row, "event_id": f"i{number}", "event_type": "impression"})
        if rng.random() < 0.3:
            click = {
                **row,
                "event_id": f"c{number}",
                "event_type": "click",
                "received_at_us": at_us + 1,
            }
            if rng.random() < 0.4:
                click["product_id"] = f"40000{int(product[1:]):08d}"
            events.append(click)
            if rng.random() < 0.1:
                events.append({**click, "received_at_us": at_us + 2})
    (folder / "products.jsonl").write_text("".join(json.dumps(p) + "\n" for p in products))
    (folder / "events.jsonl").write_text("".join(json.dumps(e) + "\n" for e in events))
    few_checks(folder / "rules.yaml", "duplicates", "orphans")
    checked = folder / "checked"
    files = ("--events", folder / "events.jsonl", "--products", folder / "products.jsonl")
    words = ("check", *files, "--out", checked, "--rules", folder / "rules.yaml")
    ran = RUN.invoke(app, [*map(str, words)])
    assert ran.exit_code == 0, ran.output
    return checked


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop_with_dirt(tmp_path_factory.mktemp("value"))


def test_unread_codes_cost_and_retries_cost_nothing(
    checked: Path,
    tmp_path: Path,
    linked_encoders: Callable[[Path], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("baihuo.encode.export_encoders", linked_encoders)  # the same, 5 s sooner
    ran = RUN.invoke(
        app, ["value", "--checked", str(checked), "--out", str(tmp_path), "--json", "--hours", "3"]
    )
    assert ran.exit_code == 0, ran.output
    report = json.loads((tmp_path / "value.json").read_text())
    kinds = {kind["check"]: kind for kind in report["kinds"]}
    assert kinds["resolved_product"]["skill"]["low"] > 0
    assert kinds["same_id"]["skill"] == {"mid": 0.0, "low": 0.0, "high": 0.0}
    assert report["fix_first"] == ["resolved_product (repair)"]
    assert "resolved_product" in (tmp_path / "value.html").read_text()
    assert (tmp_path / "harmful_rows.csv").read_text().startswith("table,row_id,task,value")


def valued(checked: Path, settings: ValueSettings | None = None, **other: Any) -> ValueReport:
    """What the command computes, with vectors that cost nothing to make."""
    return value_dirt(
        DuckTables(threads=1),
        checked,
        options=ValueOptions(settings=settings or ValueSettings(), **other),
        encode=lambda: lambda titles: np.ones((len(titles), 2), np.float32),
    )


def test_what_no_model_reads_costs_nothing_though_fits_stop_early(
    checked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fit but the reference's began where that had stopped, and seemed better for it."""
    monkeypatch.setattr("baihuo.valuation.interests._STEPS", 3)
    [kind] = [kind for kind in valued(checked).kinds if kind.check == "same_id"]
    assert kind.log_loss is not None
    assert (kind.log_loss.mid, kind.log_loss.low, kind.log_loss.high) == (0.0, 0.0, 0.0)


def test_kinds_that_time_does_not_reach_get_data_values_and_no_hours_an_empty_list(
    checked: Path,
) -> None:
    report = valued(checked, ValueSettings(hours=0), retrain_minutes=0)
    [kind] = [kind for kind in report.kinds if kind.check == "resolved_product"]
    assert kind.how == "data values"
    assert kind.skill is not None
    assert not report.first
    shown = Console(file=io.StringIO(), width=100)
    shown.print(value_tables(report)[0])
    assert "no kind costs more than chance" in cast(io.StringIO, shown.file).getvalue()


def test_what_was_never_checked_and_wrong_metrics_are_named(checked: Path, tmp_path: Path) -> None:
    ran = RUN.invoke(app, ["value", "--checked", str(tmp_path)])
    assert isinstance(ran.exception, NotFound)
    assert "baihuo check" in ran.exception.fix
    ran = RUN.invoke(app, ["value", "--checked", str(checked), "--by", "clicks"])
    assert isinstance(ran.exception, BadInput)
    assert "log_loss" in ran.exception.fix
    ran = RUN.invoke(app, ["value", "--checked", str(checked), "--by", "money"])
    assert isinstance(ran.exception, BadInput)
    assert "--by skill" in ran.exception.fix


def test_minutes_of_the_settings_count_and_a_misspelt_check_is_named(checked: Path) -> None:
    settings = ValueSettings(minutes={"resolved_product": 0.1, "resolved_prodct": 5.0}, hours=1.0)
    report = valued(checked, settings)
    (kind,) = [k for k in report.kinds if k.check == "resolved_product"]
    assert kind.minutes == pytest.approx(0.1 * kind.n_rows)
    assert any("resolved_prodct" in note for note in report.notes)
