"""What a model made of others adds to the best of them, and what it costs."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from baihuo.bundle import ClickModels
from baihuo.evaluate import ndcg_by_group, paired_bootstrap
from baihuo.models import Blend, Predictions
from baihuo.train.clicks.fit import DEPTH, ExampleRows

_CANDIDATES, _REQUESTS = 200, 15  # that the cost is measured on


def blend_report(models: ClickModels, test: ExampleRows, *, seed: int) -> dict[str, Any]:
    """``models``: of each model that is made of others the weights of its parts and the CPU time (ms of 200 rows) of it and of each part;
    ``surfaces``: what it adds to nDCG@10 of its best part there, with a 95% interval over visitors, and whether validation chose it (``is_served``, as
    older versions named it)."""
    blends = {name: m for name, m in models.models.items() if isinstance(m, Blend)}
    columns = models.columns
    asked = Predictions(models.models, test.at_top(columns), columns)
    surfaces = []
    for surface in np.unique(test.surface).tolist():
        mask = test.surface == surface
        rows = test.take(mask)
        if not rows.gains.any():
            continue
        _, first = np.unique(rows.page, return_index=True)
        for name, blend in blends.items():
            by_page = {
                one: ndcg_by_group(rows.earned(), asked.of(one).scores[mask], rows.page, k=DEPTH)
                for one in (name, *blend.parts)
            }
            best = max(blend.parts, key=lambda part: float(np.nanmean(by_page[part])))
            gained = paired_bootstrap(
                by_page[name], by_page[best], seed=seed, clusters=rows.visitor[first]
            )
            is_served = models.order_by.get(surface) == name
            about = {"surface": surface, "model": name, "over": best, "is_served": is_served}
            surfaces.append(about | gained.to_json())
    return {
        "models": {
            name: {
                "weights": {part: blend.weights.get(part, 1.0) for part in blend.parts},
                "cpu_ms": {one: _cpu_ms(models, test, one) for one in (name, *blend.parts)},
            }
            for name, blend in blends.items()
        },
        "surfaces": surfaces,
    }


def _cpu_ms(models: ClickModels, test: ExampleRows, name: str) -> float:
    """The median of some requests, of one model and the parts that it asks."""
    took = []
    for at in range(_REQUESTS):
        rows = (at * _CANDIDATES + np.arange(_CANDIDATES)) % len(test.clicks)
        matrix = test.matrix[rows]
        start = time.process_time_ns()
        Predictions(models.models, matrix, models.columns).of(name)
        took.append((time.process_time_ns() - start) / 1e6)
    return round(float(np.median(took)), 3)
