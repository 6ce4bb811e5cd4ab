"""P(click) against the constant rate: on a real bandit log, and on a simulated shop whose truth is known.

    python bench/bandit.py --log random_all.csv.gz      log-loss and calibration; about 50 clicks, so report only
    python bench/bandit.py --simulate --seed 7          share of the gap to the true probabilities closed

One JSON line a result.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.evaluate import auc, calibration_error, log_loss, log_loss_by_row, paired_bootstrap
from baihuo.models import Network, Scaler
from baihuo.models.calibrate import fit_calibrator
from baihuo.models.ctr import NetworkConfig, fit_network
from suites.shared.measure import Clock, emit, peak_mb


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--log", type=Path, action="append", help="an Open Bandit log, csv or csv.gz"
    )
    parser.add_argument("--simulate", action="store_true", help="also where --log is given")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--events", type=int, default=500_000, help="of the simulated shop")
    parser.add_argument("--products", type=int, default=5_000, help="of the simulated shop")
    parser.add_argument(
        "--work", type=Path, help="keep the simulated shop here (default: a temporary folder)"
    )
    asked = parser.parse_args()
    for log in asked.log or ():
        real_log(log, seed=asked.seed)
    if asked.simulate or not asked.log:
        if asked.work:
            simulated(asked.work, asked)
        else:
            with tempfile.TemporaryDirectory(prefix="baihuo-bandit-") as folder:
                simulated(Path(folder), asked)


def real_log(path: Path, *, seed: int) -> None:
    """Train on the first 60% by time, stop and calibrate on the next 15%, judge on the last 25%."""
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
    answers = {
        "constant": np.full(len(y), rate),
        "baihuo": calibrator.apply(served.probabilities(matrix[test])),
    }
    surprise = {name: log_loss_by_row(p, y) for name, p in answers.items()}
    for name, p in answers.items():
        more: dict[str, Any] = {}
        if name == "baihuo":
            gap = paired_bootstrap(surprise["baihuo"], surprise["constant"], seed=seed)
            more["vs_constant"] = gap.to_json()
            more["auc"] = auc(p, y) if 0 < y.sum() < len(y) else None
        emit(
            system=name,
            log=path.name,
            split="time 60/15/25",
            log_loss=float(surprise[name].mean()),
            ece=calibration_error(p, y),
            mean_p=float(p.mean()),
            ctr=float(y.mean()),
            n=len(y),
            n_clicks=int(y.sum()),
            **more,
        )


def columns_of(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32], list[str]]:
    """Position, affinity of this visitor to the item placed, and one column a visitor feature value;
    clicks; times."""
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


def simulated(work: Path, asked: argparse.Namespace) -> None:
    """The whole line on a sample shop, then P(click) against the probabilities that made the clicks."""
    from baihuo import connect, privacy, quality
    from baihuo.core.tables import table_to_products
    from baihuo.encode import Encoders, VectorCache, export_encoders
    from baihuo.engine import DuckTables
    from baihuo.index import Generation, build
    from baihuo.simulate import make_shop
    from baihuo.train import ClickTraining, click_data, learn, probabilities

    def say(what: str, n_done: int, n_total: int) -> None:
        if n_done == 0:
            print(what, file=sys.stderr)

    tables, raw, clean = DuckTables(threads=2), work / "1-raw", work / "2-clean"
    say("making the shop", 0, 0)
    shop = make_shop(
        work / "shop", seed=asked.seed, n_products=asked.products, n_events=asked.events
    )
    connect.import_files(
        [shop.events, shop.products], raw=raw, tables=tables, mask=privacy.column_mask(bytes(32))
    )
    report = quality.clean(
        tables,
        events=connect.segments(raw, "events"),
        products=connect.segments(raw, "products"),
        out=clean,
        rules=quality.load_rules(None),
    )
    if not (work / "encoders").exists():
        export_encoders(work / "encoders")
    folder = build(
        table_to_products(pq.read_table(clean / "products.parquet")),
        encoders=Encoders.open(work / "encoders", n_threads=2),
        cache=VectorCache(work / "vectors.sqlite"),
        out=work / "6-index",
        progress=say,
    )
    generation = Generation.open(folder, Encoders.open(work / "encoders"))
    report.raise_if_stopped()
    config, events = ClickTraining(seed=asked.seed, test_share=0.2), clean / "events"
    with Clock() as clock:
        data = click_data(
            tables,
            events=events,
            products=clean / "products.parquet",
            generation=generation,
            out=work / "3-features",
            config=config,
            progress=say,
        )
        run = work / "4-train" / "bandit"
        result = learn(
            tables, data, generation, events=events, run=run, config=config, progress=say
        )
    truth = pq.read_table(shop.truth / "clicks.parquet", columns=["event_id", "p"])
    known = dict(
        zip(truth.column("event_id").to_pylist(), truth.column("p").to_pylist(), strict=True)
    )
    p_true = np.array([known.get(e, np.nan) for e in data.examples.column("event_id").to_pylist()])
    judged = data.part("test") & ~np.isnan(p_true)
    test = data.rows.take(judged)
    y, p_true = test.clicks, p_true[judged]
    answers = {
        "constant": np.full(len(y), float(result.report["clicks"]["base_rate"])),
        "truth": p_true,
        "baihuo": probabilities(result.models, test),
    }
    losses = {name: log_loss(p, y) for name, p in answers.items()}
    closed = (losses["constant"] - losses["baihuo"]) / (losses["constant"] - losses["truth"])
    for name, p in answers.items():
        more: dict[str, Any] = {}
        if name == "baihuo":
            more = {
                "gap_closed": closed,
                "train_cpu_s": clock.cpu_s,
                "train_wall_s": clock.wall_s,
                "peak_mb": peak_mb(),
            }
        emit(
            system=name,
            log=f"simulated shop, seed {asked.seed}",
            split="time 65/15/20",
            log_loss=losses[name],
            ece=calibration_error(p, y),
            ctr=float(y.mean()),
            n=len(y),
            n_clicks=int(y.sum()),
            **more,
        )


if __name__ == "__main__":
    main()
