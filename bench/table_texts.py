"""How titles should enter the vectors of a table model: each way of `deep.text_fusion`, on real products.

    python bench/table_texts.py --items items.json.gz --train train.csv.gz

Files are those of bench/next_item.py. A row of the table is a visitor's history and a product: the one that came next, or
others that came next to other visitors, so that popularity says nothing: four in training, twenty in the test, which is a
fifth of the visitors. The loss is the softmax over the five, and training ends by nDCG on other visitors. One JSON line a model,
mean of --seeds: gauc, the share of the twenty that stand below the one that came (0.5: by chance), of all rows, of rows
where it was known in training and where it was ``cold``, and the deviation between seeds. ``none``: without titles.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import no_progress
from baihuo.train import DeepSettings, TableSpec, TableTraining
from baihuo.train.tables.outputs import outputs_of
from baihuo.train.tables.prepare import prepare_more
from baihuo.train.tables.rows_on_disk import RowsOnDisk
from baihuo.train.tables.stage import prepared_rows
from baihuo.train.tables.trainer import Trainer
from suites.next_item.data import Items, Window, parted, read_items, read_windows
from suites.shared.measure import emit

WAYS: dict[str, dict[str, Any]] = {
    "none": {},
    "add": {"text_fusion": "add"},
    "concat": {"text_fusion": "concat"},
    "gate": {"text_fusion": "gate"},
    "attention": {"text_fusion": "attention"},
    "add, never alone": {"text_fusion": "add", "text_alone": 0.0},
    "add, a third alone": {"text_fusion": "add", "text_alone": 0.33},
}
_OTHERS = 20  # of each row of the test
_BASE: dict[str, Any] = {
    "by_rows": False,
    "embedding_size": 32,
    "layers": (64,),
    "loss": "softmax",
    "batch_rows": 320,
    "learning_rate": 0.01,
    "epochs": 10,
    "patience": 3,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=Path, required=True, help="the catalogue, JSON")
    parser.add_argument("--train", type=Path, required=True, help="windows of visitors, CSV")
    parser.add_argument("--model", default="din")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7, help="of the test visitors")
    arguments = parser.parse_args()
    items = read_items(arguments.items)
    windows = read_windows(arguments.train, n_items=len(items.titles))
    learned, test = parted(windows, share=0.2, seed=arguments.seed)
    learned, aside = parted(learned, share=0.15, seed=arguments.seed + 1)
    known = {str(i) for w in learned for i in (*w.history, w.came)}
    with tempfile.TemporaryDirectory(prefix="table-texts-") as name:
        folder = Path(name)
        for file, rows, n in (("train", learned, 4), ("aside", aside, 4), ("test", test, _OTHERS)):
            pq.write_table(
                table_of(rows, items, n, seed=arguments.seed), folder / f"{file}.parquet"
            )
        for way in arguments.ways:
            parts = [
                measured_way(folder, way, arguments.model, seed, known)
                for seed in range(arguments.seeds)
            ]
            means, spread = np.mean(parts, axis=0), np.std(parts, axis=0)
            names = ("gauc", "gauc_known", "gauc_cold")
            emit(
                system=f"{arguments.model}: {way}",
                **dict(zip(names, means.round(4).tolist(), strict=True)),
                deviation=spread.round(4).tolist(),
            )


def table_of(windows: Sequence[Window], items: Items, n_others: int, *, seed: int) -> pa.Table:
    """Rows of what came, and of what came to others."""
    rng = np.random.default_rng(seed)
    came = np.array([w.came for w in windows])
    others = rng.choice(came, (len(windows), n_others))
    product = np.concatenate([came[:, None], others], axis=1)
    label = np.zeros(product.shape, bool)
    label[:, 0] = True
    return pa.table(
        {
            "product_id": product.ravel().astype(str),
            "title": [items.titles[i] or None for i in product.ravel()],
            "history": pa.array([[str(i) for i in w.history] for w in windows for _ in product[0]]),
            "asked": np.repeat(np.arange(len(windows)), n_others + 1).astype(str),
            "came": label.ravel().astype(np.int8),
        }
    )


def measured_way(
    folder: Path, way: str, model: str, seed: int, known: set[str]
) -> tuple[float, float, float]:
    """The share of others below what came: on the whole test, where it was known, and where it was cold."""
    texts = {} if way == "none" else {"product_id": "title"}
    spec: dict[str, Any] = {
        "label": "came",
        "group": "asked",
        "texts": texts,
        "ignore": ["title"] if way == "none" else [],
        "sequences": [{"column": "history", "of": "product_id", "length": 10}],
    }
    settings = DeepSettings(**{**_BASE, **WAYS[way], "model": model, "seed": seed})
    job = TableTraining(
        table=folder / "train.parquet",
        validation=folder / "aside.parquet",
        out=folder / ("with" if texts else "without"),
        spec=TableSpec.model_validate(spec),
        settings=settings,
    )
    rows, aside = prepared_rows(job, job.out, no_progress)
    test = pq.read_table(folder / "test.parquet")
    prepared_test = job.out / "test"
    if not prepared_test.exists():
        prepare_more(folder / "test.parquet", job.out / "train", prepared_test)
    fits = job.out / f"fit-{way}-{seed}".replace(" ", "_")
    fits.mkdir()
    trained = Trainer(rows, settings, validation=aside, folder=fits).fit()
    scores = outputs_of(trained.weights, RowsOnDisk(prepared_test)).astype(np.float64)
    by_row = scores.reshape(-1, _OTHERS + 1)
    own, others = by_row[:, :1], by_row[:, 1:]
    share = ((own > others) + 0.5 * (own == others)).mean(axis=1)
    came = test["product_id"].to_pylist()[:: _OTHERS + 1]
    is_known = np.array([product in known for product in came])
    return float(share.mean()), float(share[is_known].mean()), float(share[~is_known].mean())


if __name__ == "__main__":
    main()
