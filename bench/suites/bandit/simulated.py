"""P(click) on a simulated shop, compared with the probabilities that made its clicks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import ShopPaths
from baihuo.engine import DuckTables
from baihuo.evaluate import calibration_error, log_loss
from baihuo.train import ClickSource, ClickTrainer, ClickTraining, click_data, probabilities
from suites.shared.measure import Clock, emit, peak_mb
from suites.shared.shop import indexed, simulated_shop


def simulated(work: Path, *, seed: int, n_products: int, n_events: int) -> None:
    """From files to trained models in ``work``, then one result for each source of probabilities."""
    paths, tables = ShopPaths(work), DuckTables(threads=2)
    _show("making the shop", 0, 0)
    shop = simulated_shop(paths, seed=seed, n_products=n_products, n_events=n_events, tables=tables)
    generation = indexed(paths, progress=_show)
    config = ClickTraining(seed=seed, test_share=0.2)
    with Clock() as clock:
        source = ClickSource(
            tables=tables,
            events=paths.clean / "events",
            products=paths.clean / "products.parquet",
            generation=generation,
        )
        trainer = ClickTrainer(
            source=source,
            out=paths.features,
            run=paths.train / "bandit",
            config=config,
            progress=_show,
        )
        data = click_data(source, out=trainer.out, config=config, progress=_show)
        result = trainer.fit(data)
    p_true = _true_probabilities(
        shop.truth / "clicks.parquet", data.examples.column("event_id").to_pylist()
    )
    has_truth = data.part("test") & ~np.isnan(p_true)
    test = data.rows.take(has_truth)
    predicted = {
        "constant": np.full(len(test.clicks), float(result.report["clicks"]["base_rate"])),
        "truth": p_true[has_truth],
        "baihuo": probabilities(result.models, test),
    }
    _emit_all(predicted, test.clicks, seed=seed, clock=clock)


def _true_probabilities(file: Path, event_ids: list[str]) -> NDArray[np.float64]:
    """The simulator's P(click) of each event; NaN where it has none."""
    truth = pq.read_table(file, columns=["event_id", "p"])
    known = dict(
        zip(truth.column("event_id").to_pylist(), truth.column("p").to_pylist(), strict=True)
    )
    return np.array([known.get(e, np.nan) for e in event_ids])


def _emit_all(
    predicted: dict[str, NDArray[np.float64]], clicks: NDArray[Any], *, seed: int, clock: Clock
) -> None:
    losses = {name: log_loss(p, clicks) for name, p in predicted.items()}
    for name, p in predicted.items():
        extra: dict[str, Any] = {}
        if name == "baihuo":
            gap = losses["constant"] - losses["truth"]
            extra = {
                "gap_closed": (losses["constant"] - losses[name]) / gap,
                "train_cpu_s": clock.cpu_s,
                "train_wall_s": clock.wall_s,
                "peak_mb": peak_mb(),
            }
        emit(
            system=name,
            log=f"simulated shop, seed {seed}",
            split="time 65/15/20",
            log_loss=losses[name],
            ece=calibration_error(p, clicks),
            ctr=float(clicks.mean()),
            n=len(clicks),
            n_clicks=int(clicks.sum()),
            **extra,
        )


def _show(what: str, n_done: int, n_total: int) -> None:
    if n_done == 0:
        print(what, file=sys.stderr)
