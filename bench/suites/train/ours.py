"""The same work by this package, in a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from suites.shared.measure import Clock, emit, peak_mb


def run(asked: Mapping[str, Any]) -> None:
    """Read, train one pass, score the test rows; print one JSON line."""
    # before any of ours: the clocks start when everything is imported, as they do for the other system
    from baihuo.evaluate import auc
    from baihuo.models import DeepSettings, Trainer
    from baihuo.train.tables.columns import TableSpec
    from baihuo.train.tables.outputs import outputs_of
    from baihuo.train.tables.prepare import prepare, prepare_more
    from baihuo.train.tables.rows_on_disk import RowsOnDisk
    from baihuo.train.tables.stage import table_columns

    settings = DeepSettings(
        model="deepfm",
        layers=tuple(asked["layers"]),
        embedding_size=asked["embedding_size"],
        learning_rate=asked["learning_rate"],
        batch_rows=asked["batch_rows"],
        threads=asked["threads"],
        seed=asked["seed"],
        device="cpu",
    )
    spec = TableSpec(
        label="label", categories=tuple(asked["categories"]), numbers=tuple(asked["numbers"])
    )
    with tempfile.TemporaryDirectory(prefix="train-", dir=asked["folder"]) as name:
        folder = Path(name)
        reading, first = Clock(), Clock()
        with reading:
            train = Path(asked["train"])
            columns = table_columns(train, spec, settings)
            prepare(train, columns, folder / "train", is_binary=True)
            prepare_more(Path(asked["test"]), folder / "train", folder / "test")
            rows, test = RowsOnDisk(folder / "train"), RowsOnDisk(folder / "test")

        def see(step: object) -> None:
            if not first.cpu_s:
                first.__exit__(None, None, None)

        with Clock() as training:
            first.__enter__()
            trained = Trainer(rows, settings, watch=see).fit()
        scores = outputs_of(trained.weights, test)
        labels = test.mapped().labels
        assert labels is not None
        emit(
            rows=rows.n_rows,
            first_batch_cpu_s=reading.cpu_s + first.cpu_s,
            train_cpu_s=training.cpu_s,
            auc=auc(scores, labels),
            peak_mb=peak_mb(),
        )
