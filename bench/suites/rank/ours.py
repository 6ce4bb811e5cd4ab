"""The same work by this package, in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suites.rank.turns import answer_turns


def run(asked: Mapping[str, Any]) -> None:
    """Train, report what it is worth, then score requests turn by turn.

    ``whole``: of what the process before has trained the whole network, where a smaller one serves.
    """
    from baihuo.evaluate import auc, log_loss
    from baihuo.train import TableModel

    out, test, whole = Path(asked["folder"]) / "ours", Path(asked["test"]), bool(asked["whole"])
    if not whole:
        train(asked, out)
    model = TableModel(out, whole=whole)
    parts = list(model.score_file(test))
    scores = np.concatenate([part for part, _ in parts])
    labels = np.concatenate([known for _, known in parts if known is not None])
    served = np.concatenate([model.score_rows(rows) for rows in _requests(asked)])
    by_torch = torch_scores(out, test, whole=whole)[: len(served)]
    report = json.loads((out / "report.json").read_text("utf-8"))["served"]
    answer_turns(
        _requests(asked),
        model.encode_rows,
        lambda given: model.score(*given),
        {
            "auc": auc(scores, labels),
            "log_loss": log_loss(scores, labels),
            "max_difference": float(np.abs(served - by_torch).max()),
            "form": "whole" if whole else report["form"],
        },
    )


def train(asked: Mapping[str, Any], out: Path) -> None:
    """With the settings of the other system; what serves is chosen as by default."""
    from baihuo.models import DeepSettings
    from baihuo.train import TableSpec, TableTraining, train_table

    settings = DeepSettings(
        model="deepfm",
        layers=tuple(asked["layers"]),
        embedding_size=asked["embedding_size"],
        learning_rate=asked["learning_rate"],
        batch_rows=asked["batch_rows"],
        threads=1,
        seed=asked["seed"],
        device="cpu",
        by_rows=False,  # the network that both have, and no other
    )
    spec = TableSpec(
        label=asked["label"],
        categories=tuple(asked["categories"]),
        numbers=tuple(asked["numbers"]),
    )
    train_table(TableTraining(table=Path(asked["train"]), out=out, spec=spec, settings=settings))


def _requests(asked: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    with Path(asked["requests"]).open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def torch_scores(folder: Path, table: Path, *, whole: bool) -> NDArray[np.float64]:
    """What torch makes of a file's rows with the weights that serve, or the whole network's: probabilities, in float32."""
    import tempfile

    from baihuo.train.tables.build_weights import folder_weights
    from baihuo.train.tables.model_folder import serving_part
    from baihuo.train.tables.outputs import outputs_of
    from baihuo.train.tables.prepare import prepare_more
    from baihuo.train.tables.rows_on_disk import RowsOnDisk

    with tempfile.TemporaryDirectory(dir=folder) as name:
        prepare_more(table, folder, Path(name) / "rows")
        rows = RowsOnDisk(Path(name) / "rows")
        part = folder if whole else serving_part(folder)
        weights = folder_weights(part, rows.columns, precision="float32")
        return 1 / (1 + np.exp(-outputs_of(weights, rows).astype(np.float64)))
