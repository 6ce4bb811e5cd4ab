"""What each line added: a planted gain is seen, chance is not taken for one."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from baihuo.cli.features import report_table
from baihuo.features.spec.file import parse_features
from baihuo.train import ClickData
from baihuo.train.reports.features import FeatureReport, feature_report

from .conftest import QUICK, Shop

FILE = parse_features("""
features:
  - {name: oracle, kind: look_back, entity: [product], events: [click], windows_days: [1]}
  - {name: dice, kind: look_back, entity: [brand], events: [click], windows_days: [1]}
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
        data,
        columns=(*data.columns, "oracle_1d", "dice_1d"),
        rows=replace(data.rows, matrix=matrix),
    )
    quick = replace(QUICK, models={"network": {"max_epochs": 2}, "trees": {"n_trees": 8}})
    return feature_report(with_both, FILE, config=quick, n_seeds=1)


def test_the_probability_that_made_the_clicks_helps(report: FeatureReport) -> None:
    rows = {row.name: row for row in report.rows}
    assert list(rows) == ["other seeds", "oracle", "dice", "all lines", "noise"]
    assert rows["oracle"].verdict == "helps"
    assert rows["oracle"].log_loss.low > 0
    assert rows["oracle"].n_columns == rows["dice"].n_columns == 1


def test_chance_alone_is_not_taken_for_a_gain(report: FeatureReport) -> None:
    rows = {row.name: row for row in report.rows}
    gained = rows["oracle"].log_loss.mid
    for name in ("other seeds", "dice", "noise"):
        assert rows[name].verdict != "helps" or rows[name].log_loss.mid < gained / 5


def test_the_report_is_kept_as_json_and_read_as_a_table(report: FeatureReport) -> None:
    stored = json.loads(json.dumps(report.to_json()))
    assert stored["rows"][1]["verdict"] == "helps"
    assert set(stored["rows"][1]["ndcg10"]) == {"mid", "low", "high"}
    assert stored["n_test_clicks"] > 100
    assert report_table(report).row_count == len(report.rows)
