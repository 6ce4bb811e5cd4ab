"""This package, by the code of ``baihuo train --table`` and ``baihuo predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suites.ctr.reading import Parts


def probabilities(
    parts: Parts, *, seed: int, folder: Path, model: str | None, changed: dict[str, Any]
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Of the test rows, and what the training reports. ``model``: None: the default."""
    from baihuo.models import DeepSettings
    from baihuo.train import TableModel, TableSpec, TableTraining, train_table

    chosen = {} if model is None else {"model": model}
    spec = TableSpec(label="label", categories=parts.categorical, numbers=parts.numeric)
    out = folder / "model"
    job = TableTraining(
        table=parts.train,
        out=out,
        spec=spec,
        settings=DeepSettings.model_validate(
            {"seed": seed, "serves": "whole", **chosen, **changed}
        ),
    )
    report = train_table(job)
    scores = [s for s, _ in TableModel(out).score_file(parts.test)]
    return np.concatenate(scores), {"passes": len(report["passes"]), "model": report["model"]}
