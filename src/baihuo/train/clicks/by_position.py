"""P(click) by position: what was clicked, what was predicted there, and what the model gives the same products elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from baihuo.bundle import ClickModels
from baihuo.train.clicks.compare import probabilities
from baihuo.train.clicks.fit import ExampleRows

Scores = NDArray[np.float64]
_LAST, _MIN_ROWS, _N_MOVED = 20, 50, 2_000


def clicks_by_position(
    models: ClickModels, p_click: Scores, test: ExampleRows, *, seed: int
) -> dict[str, list[float]]:
    """Lists of one value a position with at least 50 rows, from the top.

    ``clicked`` and ``predicted`` are of the products that stood there, so they mix position with who is placed where.
    ``moved`` is the mean P(click) of the same rows (2,000 drawn) as if all stood at that position, over that at the
    top: what the model takes for examination. 1.0 everywhere is a model that does not see the position.

    Args:
        p_click: ``[rows]``, calibrated, at the position each really had.
    """
    place = test.matrix[:, models.columns.index("position")].astype(np.int64)
    n = np.bincount(np.clip(place, 0, _LAST + 1), minlength=_LAST + 2)
    shown = [k for k in range(1, _LAST + 1) if n[k] >= _MIN_ROWS]
    drawn = np.zeros(len(place), dtype=bool)
    rng = np.random.default_rng(seed)
    drawn[rng.choice(len(place), min(_N_MOVED, len(place)), replace=False)] = True
    some = test.take(drawn)
    at_top = float(_moved(models, some, 1).mean())
    return {
        "position": [float(k) for k in shown],
        "n": [float(n[k]) for k in shown],
        "clicked": [float(test.clicks[place == k].mean()) for k in shown],
        "predicted": [float(p_click[place == k].mean()) for k in shown],
        "moved": [float(_moved(models, some, k).mean()) / max(at_top, 1e-12) for k in shown],
    }


def _moved(models: ClickModels, rows: ExampleRows, position: int) -> Scores:
    """P(click) as if every row stood at this position."""
    matrix = rows.matrix.copy()
    matrix[:, models.columns.index("position")] = position
    return probabilities(models, replace(rows, matrix=matrix))
