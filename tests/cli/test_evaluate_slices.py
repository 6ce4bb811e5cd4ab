"""``baihuo evaluate`` names the worst slices, and prints all of them when asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.evaluated import EXAMINATION_NOT_KNOWN, OLDER_CLICKS, POSITIONS
from tests.train.test_slices import Log, Odds, judged
from typer.testing import CliRunner

from baihuo.bundle import write
from baihuo.cli.app import app
from baihuo.settings import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A bundle whose order is turned around on the web."""
    made = Shop(tmp_path)
    slices, _ = judged(Log.draw(1), Odds(order_of_flawed=-1.0), Odds())
    lift = {"over": "popularity", "order": "both", "n_pages": 9, "mid": 0.1, "low": 0, "high": 0.2}
    line = {"surface": "home", "system": "both", "ndcg10": 0.5, "n_pages": 9, "is_chosen": True}
    clicks: dict[str, Any] = {
        "table": [{**line, "mrr10": 0.61, "recall10": 0.87}],
        "lift": {"home": lift},
        "clicks": {"log_loss": 0.2, "constant_log_loss": 0.3, "auc": 0.7, "ece": 0.01},
        "measures": {"gauc": {"mid": 0.66, "low": 0.61, "high": 0.71}},
        "slices": slices,
        "positions": POSITIONS,
    }
    lists = {n: {"mid": 0.123, "low": 0.1, "high": 0.2} for n in ("mrr", "coverage", "gini")}
    bought = {"system": "ease", "mode": "all", "recall20": 0.3, "ndcg20": 0.2, "n": 9}
    report = {
        "index_id": "i",
        "clicks": clicks,
        "purchases": {"judged": [{**bought, "lists": lists}]},
    }
    write(made.bundles, {"report.json": report})
    return made


def shown(shop: Shop, *more: str) -> str:
    done = CliRunner().invoke(
        app, ["evaluate", "--shop", str(shop.root), *more], env={"COLUMNS": "160"}
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_worst_slices_are_named_and_the_others_are_there_when_asked(shop: Shop) -> None:
    short, long = shown(shop), shown(shop, "--slices")
    assert "worst slice: nDCG@10 is lowest against live: home, platform: web" in short
    assert "device: tablet" not in short.split("worst slice")[0]
    assert "device: tablet" in long
    assert "P(click) by slice" in long
    assert "gauc 0.6600 [0.6100, 0.7100]" in short
    assert "0.610" in short, "MRR of the order"
    assert "Measures of these lists of 20" in short
    assert "ease (all)" in short


def test_json_has_every_slice_always(shop: Shop) -> None:
    report = json.loads(shown(shop, "--json"))
    assert report["clicks"]["slices"]["worst"]["order"]["slice"] == "web"


def test_a_bundle_of_an_older_version_without_slices_is_still_shown(shop: Shop) -> None:
    older = write(shop.bundles, {"report.json": {"index_id": "i", "clicks": OLDER_CLICKS}})
    assert "AUC 0.700" in shown(shop, older, "--slices")


def test_examination_by_position_and_calibration_there_are_shown(shop: Shop) -> None:
    text = shown(shop)
    assert "home (150 clicks)" in text
    assert "0.71 [0.61, 0.82]" in text
    [line] = [line for line in text.splitlines() if "2 to 3" in line]
    assert line.split() == ["home", "2", "to", "3", "1,234", "0.101", "0.115", "0.021", "0.012"]


def test_examination_that_is_not_known_is_shown_with_the_reason(shop: Shop) -> None:
    report = json.loads(shown(shop, "--json"))
    report["clicks"]["positions"] = EXAMINATION_NOT_KNOWN
    other = write(shop.bundles, {"report.json": report})
    assert "not known: 12 impressions were placed by chance (fix: wait)" in " ".join(
        shown(shop, other).split()
    )
