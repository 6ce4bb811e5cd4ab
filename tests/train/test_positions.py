"""What training reports of positions, on the simulated shop whose examination is known."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq

from baihuo.train import ClickData, TrainResult

from .conftest import Shop


def test_training_reports_how_far_down_pages_are_read(
    shop: Shop, data: ClickData, trained: TrainResult
) -> None:
    columns = ["surface", "position", "examination"]
    truth = pq.read_table(shop.truth / "clicks.parquet", columns=columns)
    surface = np.array(truth.column("surface").to_pylist())
    position, looked = (truth.column(name).to_numpy() for name in columns[1:])
    found = trained.report["positions"]["examination"]["surfaces"]
    held = []
    for name, curve in found.items():
        for at in curve["positions"]:
            mask = (surface == name) & (position == at["position"])
            if mask.sum() >= 200:
                held.append(at["low"] - 0.05 <= looked[mask].mean() <= at["high"] + 0.05)
    assert len(held) > 10
    assert np.mean(held) > 0.85


def test_training_reports_calibration_by_surface_and_position(trained: TrainResult) -> None:
    lines = trained.report["positions"]["p_click"]
    assert {line["surface"] for line in lines} == {"search", "home", "similar"}
    whole = [line for line in lines if line["positions"] == "all"]
    assert sum(line["n"] for line in whole) == trained.report["clicks"]["n"]
    for line in lines:
        assert line["n"] >= 200
        assert line["ece"] >= abs(line["clicked"] - line["predicted"]) - 1e-9
        assert 0 < line["ece_by_chance"] < 0.05
    top = [line for line in lines if line["positions"] == "1"]
    assert top
    assert all(line["clicked"] > w["clicked"] for line, w in zip(top, whole, strict=False))
