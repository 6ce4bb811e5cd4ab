"""bench/ensembles.py: a line for each form of several networks, beside one network and beside their mean."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.mark.slow(reason="six trainings, of which three are folds")
def test_each_form_is_measured_beside_one_network_and_the_mean() -> None:
    done = subprocess.run(
        [
            *(sys.executable, str(BENCH / "ensembles.py"), "--rows", "1500", "--seed", "1"),
            *("--forms", "one,mean,stacking", "--model", "logistic+mlp", "--networks", "1"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    *lines, about = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["form"] for line in lines] == ["one", "mean", "stacking"]
    # one network is the cheapest: what the process imports is not counted with the first training
    assert lines[0]["train_cpu_s"] < lines[2]["train_cpu_s"]
    for line in lines:
        assert 0.5 < line["auc"] < 1
        assert line["train_cpu_s"] > 0
        assert line["score_cpu_ms"] > 0
    one, mean, stacking = lines
    assert "vs_one" not in one
    gap = mean["vs_one"]["log_loss"]
    assert gap["mid"] == pytest.approx(mean["log_loss"] - one["log_loss"], abs=1e-4)
    assert gap["low"] <= gap["mid"] <= gap["high"]
    assert len(stacking["shares"]) == 2
    assert set(stacking["vs_mean"]) == set(mean["vs_one"])
    assert about["data"] == "its own"
    assert about["train_rows"] + about["test_rows"] == 1500
