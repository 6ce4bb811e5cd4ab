"""What visitors refused reaches no model: training is as if the rows had never been sent."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from tests.quality.chosen import CLEANING, few_checks
from typer.testing import CliRunner

from baihuo import bundle, flow
from baihuo.cli.app import app
from baihuo.flow.learning import newcomers, purchase_models
from baihuo.quality import QualityReport
from baihuo.settings import Shop

N_CUSTOMERS, N_PRODUCTS, N_WEEKS = 40, 20, 26


def rows(*, with_refusals: bool) -> list[dict[str, Any]]:
    """Customers who buy the same few things every other week; some refuse, and buy what nobody else does."""
    rng, made = random.Random(5), []
    for customer in range(N_CUSTOMERS):
        refuses = customer % 4 == 0
        liked = [19] if refuses else rng.sample(range(N_PRODUCTS - 1), 3)
        for week in range(N_WEEKS):
            day = f"2026-{1 + week // 4:02}-{1 + 7 * (week % 4) + rng.randrange(6):02}T{rng.randrange(24):02}:00:00Z"
            product = rng.choice(liked)
            if rng.random() < 0.5 and (with_refusals or not refuses):
                flags = {"ad_personalization": "denied" if refuses else rng.choice(("granted", ""))}
                about = {"user_id": f"c{customer}", "item_id": f"p{product}", "time": day}
                key = {"id": f"e{customer}-{week}", "event_type": "purchase", "quantity": 1}
                made.append({**key, **about, **flags})
    return made


def shop_of(folder: Path, *, with_refusals: bool) -> Shop:
    """Imported and checked with the commands."""
    folder.mkdir()
    for name, table in (
        ("events.csv", rows(with_refusals=with_refusals)),
        ("products.csv", [{"product_id": f"p{i}", "title": f"Thing {i}"} for i in range(20)]),
    ):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(table[0]))
            writer.writeheader()
            writer.writerows(table)
    shop = Shop(folder / "shop")
    shop.root.mkdir()
    few_checks(shop.rules_file, *CLEANING)
    for command in (
        ["import", str(folder / "events.csv"), str(folder / "products.csv")],
        ["check"],
    ):
        done = CliRunner().invoke(app, [*command, "--shop", str(shop.root)])
        assert done.exit_code == 0, done.output
    return shop


def learned(shop: Shop) -> tuple[str, dict[str, Any]]:
    """The id of a bundle, which is a hash of all that was learned, and the report of training."""
    tables = flow.engine(shop)
    parts: dict[str, Any] = {}
    report: dict[str, Any] = {}
    for made in (purchase_models(shop, tables), newcomers(shop, tables)):
        parts |= made.parts
        report |= made.report
    assert parts
    return bundle.write(shop.bundles, parts), report


def clean(shop: Shop) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = pq.read_table(shop.clean_events).drop_columns(["line"]).to_pylist()
    return sorted(kept, key=lambda r: str(r["event_id"]))


def test_models_are_those_of_the_same_rows_without_the_refused(tmp_path: Path) -> None:
    with_all = shop_of(tmp_path / "all", with_refusals=True)
    without = shop_of(tmp_path / "consented", with_refusals=False)
    n_refused = len(rows(with_refusals=True)) - len(rows(with_refusals=False))
    report = QualityReport.load(with_all.quality_report)
    (finding,) = (f for f in report.findings if f.check == "no_consent")
    assert finding.n_rows == n_refused > 50
    events = report.table("events")
    assert events.n_in == events.n_kept + events.n_quarantined + events.n_merged
    assert clean(with_all) == clean(without)
    (id_of_all, report_of_all), (id_without, report_without) = learned(with_all), learned(without)
    assert id_of_all == id_without
    assert report_of_all == report_without
