"""The worlds of the off-policy benchmark: their truths by other means, and what is counted."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest

from baihuo.core import BadInput
from baihuo.simulate.clicks import DECAY, look
from suites.ope.coverage import Coverage
from suites.ope.pages import Pages
from suites.ope.placements import Placements, placement_worlds
from suites.ope.real import real_logs
from suites.tables.ope import ope, ope_coverage

LIKED = np.random.default_rng(3).uniform(0, 0.3, (20, 60))  # 20 people, 60 products best first


def test_a_world_of_placements_earns_what_its_table_says() -> None:
    world = Placements(
        name="two items",
        logged_by="random",
        policy="learned",
        n_rows=200_000,
        p_click=np.array([[0.1, 0.5]]),
        logging=np.array([[0.8, 0.2]]),
        counts=np.array([[250, 750]]),
    )
    assert world.truth == pytest.approx(0.25 * 0.1 + 0.75 * 0.5)
    assert world.truth_of_log == pytest.approx(0.8 * 0.1 + 0.2 * 0.5)
    run = world.run(np.random.default_rng(1))
    assert run.terms.mean() == pytest.approx(world.truth, rel=0.02)
    assert run.values is not None
    assert all(v.estimate.value.mid == pytest.approx(world.truth, rel=0.02) for v in run.values)


def test_shares_of_the_other_policy_are_exact() -> None:
    for world in placement_worlds(5):
        assert isinstance(world, Placements)
        assert (world.counts.sum(axis=1) == 1_000).all()
        assert world.logging.sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize("click_model", ["position", "cascade"])
def test_the_truth_of_a_page_is_what_its_shoppers_click(click_model: str) -> None:
    world = Pages("pages", "greedy", click_model, LIKED)
    dice = random.Random(4)
    n_clicks = sum(
        sum(look(click_model, d, a[:12], dice).is_clicked)
        for a in LIKED.tolist() * 60
        for d in DECAY
    )
    assert world.truth == pytest.approx(n_clicks / (20 * 60 * 3 * 12), rel=0.05)


@pytest.mark.parametrize("policy", ["greedy", "uniform"])
def test_weights_of_a_pages_world_average_to_its_truth(policy: str) -> None:
    world = Pages("pages", policy, "position", LIKED)
    terms = [world.run(np.random.default_rng(n)).terms.mean() for n in range(20)]
    error = np.std(terms) / np.sqrt(20)
    assert abs(np.mean(terms) - world.truth) < 4 * error


def test_coverage_counts_the_runs_whose_interval_holds_the_truth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = placement_worlds(5)[3]
    measured = Coverage.of(world, n_runs=30, seed=2)
    measured.emit()
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [r["estimator"] for r in rows] == ["ips", "ips", "snips", "clipped", "dr", "dr, gain"]
    assert all(r["runs"] == 30 and r["refused"] == 0 for r in rows)
    for row in rows:
        assert row["coverage"] + row["too_low"] + row["too_high"] == pytest.approx(1.0, abs=1e-4)
        assert row["coverage"] > 0.8
    held = [i.low <= world.truth <= i.high for i, _, _ in measured.results["dr"]]
    assert rows[4]["coverage"] == pytest.approx(np.mean(held), abs=1e-4)
    drawn = ope_coverage(rows).splitlines()
    assert len(drawn) == 3
    assert f"{rows[4]['coverage']:.1%}" in drawn[2]


def test_each_policys_own_log_stands_beside_the_estimates_of_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(6)
    for name, chances in (("random", [0.5, 0.5]), ("bts", [0.2, 0.8])):
        item = rng.choice(2, size=4_000, p=chances)
        clicks = rng.random(4_000) < np.array([0.05, 0.2])[item]
        lines = [f"{i},1,{int(c)},{chances[i]}" for i, c in zip(item, clicks, strict=True)]
        text = "\n".join(["item_id,position,click,propensity_score", *lines])
        (tmp_path / f"{name}_men.csv.gz").write_bytes(_gzipped(text))
    real_logs(tmp_path)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 8
    for row in rows:
        expected = 0.2 * 0.05 + 0.8 * 0.2 if row["to"] == "bts" else 0.125
        assert row["truth"] == pytest.approx(expected, abs=0.025)
        assert row["value"] == pytest.approx(expected, abs=0.025)
        assert row["error"] == pytest.approx(abs(row["value"] / row["truth"] - 1), abs=1e-3)
    assert len(ope(rows).splitlines()) == 10
    with pytest.raises(BadInput, match="no pair"):
        real_logs(tmp_path / "none")


def _gzipped(text: str) -> bytes:
    return gzip.compress(text.encode())
