"""The audit of clicks on a simulated shop: clicks planted in, or taken from, the newest pages."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import EVENTS_FOLDER, ShopPaths
from baihuo.core.tables import table_to_products
from baihuo.encode import Encoders
from baihuo.engine import DuckTables
from baihuo.index import Generation, build
from baihuo.train import ClickSource, ClickTrainer, ClickTraining, click_data, probabilities
from baihuo.train.clicks.audit import audit_clicks
from suites.shared.shop import simulated_shop

CONFIG = ClickTraining(
    models={"network": {"max_epochs": 12}, "trees": {"n_trees": 60, "patience": 15}},
    validation_share=0.2,
    test_share=0.25,
)
PLANTED = (
    ("nothing", 0.0),
    ("extra", 0.02),
    ("extra", 0.05),
    ("extra", 0.1),
    ("lost", 0.1),
    ("lost", 0.3),
)


def measure(encoders: Encoders, *, seed: int, runs: int) -> list[dict[str, object]]:
    """Some impressions become clicks, or some clicks are lost: how many the audit counts, and the precision
    and recall of those it names."""
    with tempfile.TemporaryDirectory(prefix="labels-") as folder:
        examples, p_click = _newest(Path(folder), encoders, seed)
    clicked = examples.column("is_clicked").to_numpy()
    place = examples.schema.get_field_index("is_clicked")
    lines: list[dict[str, object]] = []
    for kind, share in PLANTED:
        found = []
        for run in range(runs if share else 1):
            rng = np.random.default_rng((seed, run))
            hit = (clicked == (kind == "lost")) & (rng.random(len(clicked)) < share)
            dirty = examples.set_column(
                place, "is_clicked", pa.array(np.where(hit, 1 - clicked, clicked))
            )
            audit = audit_clicks(dirty, p_click, n_examples=len(clicked))
            wrong = set(examples.filter(pa.array(hit)).column("event_id").to_pylist())
            named = {e["event_id"] for e in audit["examples"]}
            found.append(
                (hit.sum(), audit["n_extra"], audit["n_lost"], len(named), len(named & wrong))
            )
        planted, n_extra, n_lost, n_named, n_right = np.mean(found, axis=0)
        lines.append(
            {
                "planted": f"{kind} {share:.0%}",
                "n_labels": len(clicked),
                "n_planted": planted,
                "n_extra_told": n_extra,
                "n_lost_told": n_lost,
                "n_named": n_named,
                "precision": n_right / n_named if n_named else None,
                "recall": n_right / planted if planted else None,
            }
        )
    return lines


def _newest(root: Path, encoders: Encoders, seed: int) -> tuple[pa.Table, np.ndarray]:
    """Impressions of the newest pages, and calibrated probabilities by a model of the older ones."""
    paths, tables = ShopPaths(root), DuckTables(threads=2, spill_dir=root / ".spill")
    simulated_shop(paths, seed=seed, n_products=400, n_events=60_000, tables=tables)
    events, products = paths.clean / EVENTS_FOLDER, paths.clean / "products.parquet"
    made = build(
        table_to_products(pq.read_table(products)), encoders=encoders, cache=None, out=paths.index
    )
    generation = Generation.open(made, encoders)
    source = ClickSource(tables=tables, events=events, products=products, generation=generation)
    trainer = ClickTrainer(source=source, out=paths.features, run=paths.train, config=CONFIG)
    data = click_data(source, out=trainer.out, config=CONFIG)
    trained = trainer.fit(data)
    test = data.part("test")
    return data.examples.filter(pa.array(test)), probabilities(trained.models, data.rows.take(test))
