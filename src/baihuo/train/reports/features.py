"""What each line of a features file added to the click models, on newer pages, with an interval.

Models are trained with and without a line's columns on the same split by time and compared on the same test
pages. Two rows are no features at all: the same columns with other seeds, and columns of noise. They show what
chance alone does; a line is worth something only beyond them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.evaluate import Interval, log_loss_by_row, ndcg_by_group, paired_bootstrap
from baihuo.features import FeaturesFile
from baihuo.models import FitContext, Predictions, models_of
from baihuo.train.clicks.compare import probabilities
from baihuo.train.clicks.data import ClickData
from baihuo.train.clicks.fit import DEPTH, ExampleRows, fit_clicks
from baihuo.train.clicks.inputs import ClickTraining

Scores = NDArray[np.float64]
_N_NOISE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnGain:
    """One row of the report: with these columns, less without. Gains above 0 are better."""

    name: str
    kind: str  # of the line; ``control``: no feature at all
    n_columns: int
    log_loss: Interval  # nats an impression saved, P(click), calibrated
    ndcg10: Interval  # of the model that blends most others

    @property
    def verdict(self) -> str:
        """``helps`` or ``hurts`` where a whole interval is beyond zero and none contradicts, else ``no``."""
        above = any(i.low > 0 for i in (self.log_loss, self.ndcg10))
        below = any(i.high < 0 for i in (self.log_loss, self.ndcg10))
        if above and below:
            return "mixed"
        return "helps" if above else "hurts" if below else "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureReport:
    """What every line added, and what it was added to."""

    base: dict[str, float]
    rows: tuple[ColumnGain, ...]
    n_test: int
    n_test_clicks: int
    n_seeds: int

    def to_json(self) -> dict[str, Any]:
        """As written beside the bundle."""
        rows = [asdict(row) | {"verdict": row.verdict} for row in self.rows]
        return asdict(self) | {"rows": rows}


def feature_report(
    data: ClickData,
    file: FeaturesFile,
    *,
    config: ClickTraining,
    n_seeds: int = 3,
    progress: Progress = no_progress,
) -> FeatureReport:
    """Train with and without each line, and compare on the test pages.

    Args:
        data: Made with ``declared=file``.
        n_seeds: Models are trained so often and their answers averaged: a single network's luck is as large as what
            most features add.
    """
    rng = np.random.default_rng(config.seed)
    noise = tuple(f"noise_{i}" for i in range(_N_NOISE))
    columns, parts = (*data.columns, *noise), []
    for name in ("train", "validation", "test"):
        rows = data.rows.take(data.part(name))
        drawn = rng.normal(size=(len(rows.clicks), _N_NOISE)).astype(np.float32)
        parts.append(replace(rows, matrix=np.concatenate([rows.matrix, drawn], axis=1)))
    test = parts[-1]
    declared = {c for line in file.features for c in line.columns()}
    base = tuple(c for c in data.columns if c not in declared)
    variants: list[tuple[str, str, tuple[str, ...]]] = [
        ("default", "", base),
        ("other seeds", "control", base),
        *((line.name, line.kind, (*base, *line.columns())) for line in file.features),
        ("all lines", "all", data.columns),
        ("noise", "control", (*base, *noise)),
    ]
    visitors = test.visitor[np.unique(test.page, return_index=True)[1]]
    found, gains = [], []
    for number, (name, kind, chosen) in enumerate(variants):
        progress(f"features: with {name}", number, len(variants))
        first = config.seed + (1000 if name == "other seeds" else 0)
        found.append(_fitted(chosen, columns, parts, config, range(first, first + n_seeds)))
        if not number:
            continue
        (loss, ndcg), (base_loss, base_ndcg) = found[-1], found[0]
        gained = paired_bootstrap(base_loss, loss, seed=config.seed, clusters=test.visitor)
        ordered = paired_bootstrap(ndcg, base_ndcg, seed=config.seed, clusters=visitors)
        n = len(chosen) - len(base)
        gains.append(ColumnGain(name=name, kind=kind, n_columns=n, log_loss=gained, ndcg10=ordered))
    loss, ndcg = found[0]
    return FeatureReport(
        base={
            "n_columns": float(len(base)),
            "log_loss": float(loss.mean()),
            "ndcg10": float(np.nanmean(ndcg)),
        },
        rows=tuple(gains),
        n_test=len(test.clicks),
        n_test_clicks=int(test.clicks.sum()),
        n_seeds=n_seeds,
    )


def _fitted(
    chosen: tuple[str, ...],
    columns: tuple[str, ...],
    parts: Sequence[ExampleRows],
    config: ClickTraining,
    seeds: Sequence[int],
) -> tuple[Scores, Scores]:
    """Log-loss of each test row and nDCG@10 of each test page, by models of the chosen columns, averaged over seeds."""
    at = [columns.index(c) for c in chosen]
    train, validation, test = (replace(one, matrix=one.matrix[:, at]) for one in parts)
    widest = max(models_of("clicks"), key=lambda spec: len(spec.made_of)).name
    p_clicks, orders = [], []
    for seed in seeds:
        models = fit_clicks(
            train,
            validation,
            chosen,
            settings=config.models,
            context=FitContext(seed=seed, threads=config.threads),
        ).models
        p_clicks.append(probabilities(models, test))
        orders.append(Predictions(models.models, test.at_top(chosen), chosen).of(widest).scores)
    loss = log_loss_by_row(np.mean(p_clicks, axis=0), test.clicks)
    return loss, ndcg_by_group(test.earned(), np.mean(orders, axis=0), test.page, k=DEPTH)
