"""What each line added: a planted gain is seen, chance is not taken for one."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from baihuo.cli.features import report_table
from baihuo.evaluate import auc
from baihuo.features.spec.file import parse_features
from baihuo.train import ClickData
from baihuo.train.reports.column_gain import FeatureReport
from baihuo.train.reports.features import feature_report
from baihuo.train.reports.paired_auc import paired_auc

from .conftest import QUICK, Shop

FILE = parse_features("""
features:
  - {name: oracle, kind: target, of: [product]}
  - {name: dice, kind: target, of: [brand]}
""")


@pytest.fixture(scope="module")
def report(shop: Shop, data: ClickData) -> FeatureReport:
    """Under the name of one line stands the probability that made the clicks, under the other a throw of dice."""
    truth = pq.read_table(shop.truth / "clicks.parquet", columns=["event_id", "p"]).to_pydict()
    known = dict(zip(truth["event_id"], truth["p"], strict=True))
    events = data.examples.column("event_id").to_pylist()
    planted = np.array([known.get(e, np.nan) for e in events], np.float32)
    dice = np.random.default_rng(1).random(len(events)).astype(np.float32)
    matrix = np.column_stack([data.rows.matrix, planted, dice])
    with_both = replace(
        data, columns=(*data.columns, "oracle", "dice"), rows=replace(data.rows, matrix=matrix)
    )
    quick = replace(QUICK, models={"network": {"max_epochs": 2}, "trees": {"n_trees": 8}})
    return feature_report(with_both, FILE, config=quick, n_seeds=1, with_selection=False)


def test_the_probability_that_made_the_clicks_helps(report: FeatureReport) -> None:
    rows = {row.name: row for row in report.rows}
    assert list(rows) == ["other seeds", "oracle", "dice", "all lines", "noise"]
    assert rows["oracle"].verdict == "helps"
    assert rows["oracle"].log_loss.low > 0
    assert rows["oracle"].auc.low > 0
    assert rows["oracle"].n_columns == rows["dice"].n_columns == 1


def test_chance_alone_is_not_taken_for_a_gain(report: FeatureReport) -> None:
    rows = {row.name: row for row in report.rows}
    gained = rows["oracle"].log_loss.mid
    for name in ("other seeds", "dice", "noise"):
        assert rows[name].verdict != "helps" or rows[name].log_loss.mid < gained / 5


def test_the_report_is_kept_as_json_and_read_as_a_table(report: FeatureReport) -> None:
    stored = json.loads(json.dumps(report.to_json()))
    assert stored["rows"][1]["verdict"] == "helps"
    assert set(stored["rows"][1]["auc"]) == {"mid", "low", "high"}
    assert stored["n_test_clicks"] > 100
    assert report_table(report).row_count == len(report.rows)


def test_the_interval_of_an_auc_gap_covers_the_gap_as_often_as_it_says() -> None:
    rng, n_covered = np.random.default_rng(2), 0
    for _ in range(40):
        visitor = np.repeat(np.arange(150), 4)
        taste = np.repeat(rng.normal(size=150), 4)
        y = (rng.random(600) < 1 / (1 + np.exp(1.5 - taste))).astype(float)
        good, poor = taste + rng.normal(size=600), taste + 2 * rng.normal(size=600)
        # 0.065: the gap on 400,000 rows of the same making
        gap = paired_auc(good, poor, y, seed=0, clusters=visitor, n_resamples=200)
        assert gap.mid == pytest.approx(auc(good, y) - auc(poor, y))
        n_covered += gap.low <= 0.065 <= gap.high
    assert n_covered >= 33  # of 40 at 95%


def test_tied_scores_count_half_in_every_draw() -> None:
    y, scores = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 1.0, 2.0, 2.0])
    same = paired_auc(scores, scores, y, seed=0, clusters=np.arange(4), n_resamples=50)
    assert (same.mid, same.low, same.high) == (0, 0, 0)
