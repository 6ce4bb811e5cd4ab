"""P(click) on a log of the Open Bandit data: training, calibration and test in the order of time."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import auc, calibration_error, log_loss_by_row, paired_bootstrap
from baihuo.models import Network, Scaler
from baihuo.models.calibrate import fit_calibrator
from baihuo.models.ctr import NetworkConfig, fit_network
from suites.shared.measure import emit


def real_log(path: Path, *, seed: int) -> None:
    """One result for the constant rate, one for the network.

    Train on the first 60% by time, stop and calibrate on the next 15%, test on the last 25%.
    """
    matrix, clicks, at = columns_of(path)
    order = np.argsort(at, kind="stable")
    matrix, clicks = matrix[order], clicks[order]
    first, second = int(0.6 * len(clicks)), int(0.75 * len(clicks))
    train, validation, test = slice(0, first), slice(first, second), slice(second, None)
    scaler = Scaler.fit(matrix[train])
    config = NetworkConfig(l2=1e-2, dropout=0.5, learning_rate=3e-4, seed=seed)
    fitted = fit_network(
        (scaler.apply(matrix[train]), clicks[train]),
        (scaler.apply(matrix[validation]), clicks[validation]),
        config,
    )
    served = Network(fitted.network.to_onnx(), scaler)
    calibrator = fit_calibrator(
        served.probabilities(matrix[validation]), clicks[validation], seed=seed
    )
    y = clicks[test]
    rate = float(clicks[:second].mean())
    predicted = {
        "constant": np.full(len(y), rate),
        "baihuo": calibrator.apply(served.probabilities(matrix[test])),
    }
    losses = {name: log_loss_by_row(p, y) for name, p in predicted.items()}
    for name, p in predicted.items():
        extra: dict[str, Any] = {}
        if name == "baihuo":
            gap = paired_bootstrap(losses["baihuo"], losses["constant"], seed=seed)
            extra["vs_constant"] = gap.to_json()
            extra["auc"] = auc(p, y) if 0 < y.sum() < len(y) else None
        emit(
            system=name,
            log=path.name,
            split="time 60/15/25",
            log_loss=float(losses[name].mean()),
            ece=calibration_error(p, y),
            mean_p=float(p.mean()),
            ctr=float(y.mean()),
            n=len(y),
            n_clicks=int(y.sum()),
            **extra,
        )


def columns_of(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32], list[str]]:
    """The columns of a log, its clicks and its times.

    Columns: position, affinity of the visitor to the item placed, a column for each item and for
    each value of a visitor feature.
    """
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [n for n in rows[0] if n.startswith("user_feature_")]
    values = sorted({(n, r[n]) for r in rows for n in names})
    items = sorted({r["item_id"] for r in rows}, key=int)
    width = 2 + len(items) + len(values)
    matrix = np.zeros((len(rows), width), dtype=np.float32)
    item_at = {item: 2 + i for i, item in enumerate(items)}
    value_at = {value: 2 + len(items) + i for i, value in enumerate(values)}
    for i, row in enumerate(rows):
        matrix[i, 0] = float(row["position"])
        matrix[i, 1] = float(row.get(f"user-item_affinity_{row['item_id']}") or 0.0)
        matrix[i, item_at[row["item_id"]]] = 1.0
        for name in names:
            matrix[i, value_at[name, row[name]]] = 1.0
    clicks = np.array([float(r["click"]) for r in rows], dtype=np.float32)
    return matrix, clicks, [r["timestamp"] for r in rows]
