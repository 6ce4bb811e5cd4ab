"""What each line of a features file added to the click models, on newer pages, with an interval.

Models are trained with and without a line's columns on the same split by time and compared on the same test
pages. Two rows are no features at all: the same columns with other seeds, and columns of noise. They show what
chance alone does; a line is worth something only beyond them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.evaluate import log_loss_by_row, ndcg_by_group, paired_bootstrap
from baihuo.features import FeaturesFile, SelectSpec, strongest_columns
from baihuo.models import FitContext, Predictions, models_of
from baihuo.train.clicks.compare import probabilities
from baihuo.train.clicks.data import ClickData
from baihuo.train.clicks.fit import DEPTH, ExampleRows, fit_clicks
from baihuo.train.clicks.inputs import ClickTraining
from baihuo.train.clicks.select import ALWAYS, column_weights
from baihuo.train.reports.column_gain import ColumnGain, FeatureReport
from baihuo.train.reports.paired_auc import paired_auc

Scores = NDArray[np.float64]
BASE, EVERYTHING, OTHER_SEEDS, NOISE = "default", "all lines", "other seeds", "noise"
_N_NOISE = 4
_SELECTIONS: tuple[SelectSpec, ...] = (
    SelectSpec(by="l1", keep=1),
    SelectSpec(by="mutual_information", keep=1),
    SelectSpec(by="permutation", keep=1),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Predictions:
    """What models of one set of columns say of the test rows, averaged over seeds."""

    p_click: Scores
    orders: dict[str, Scores]  # by model
    seconds: float


def feature_report(
    data: ClickData,
    file: FeaturesFile,
    *,
    config: ClickTraining,
    n_seeds: int = 3,
    with_selection: bool = True,
    progress: Progress = no_progress,
) -> FeatureReport:
    """Train with and without each line, and compare on the test pages.

    Args:
        data: Made with ``declared=file`` and no ``select``, so that every line's columns are there.
        n_seeds: Models are trained so often and their answers averaged: a single network's luck is as large as what
            most features add.
        with_selection: Also try each way of selecting half of all columns.
    """
    train, validation, test = (
        data.rows.take(data.part(name)) for name in ("train", "validation", "test")
    )
    declared_columns = {c for spec in file.features for c in spec.columns()}
    base = tuple(c for c in data.columns if c not in declared_columns)
    variants: list[tuple[str, str, tuple[str, ...]]] = [
        (spec.name, spec.kind, (*base, *spec.columns())) for spec in file.features
    ]
    if len(variants) > 1:
        variants.append((EVERYTHING, "all", data.columns))
    if with_selection:
        variants += list(_selections(train, data.columns, config.seed))
    columns, rows = _with_noise(data.columns, (train, validation, test), config.seed)
    variants.append((NOISE, "control", (*base, *columns[-_N_NOISE:])))
    n = len(variants) + 2
    seeds = tuple(config.seed + i for i in range(n_seeds))

    def predictions(
        name: str, chosen: tuple[str, ...], seeds: Sequence[int], i: int
    ) -> _Predictions:
        progress(f"features: with {name}", i, n)
        return _fitted(chosen, columns, rows, config, seeds)

    without = predictions("the default", base, seeds, 0)
    again = predictions("other seeds", base, [s + 1000 for s in seeds], 1)
    added = [_added(OTHER_SEEDS, "control", len(base), again, without, test, config.seed)]
    for i, (name, kind, chosen) in enumerate(variants):
        with_it = predictions(name, chosen, seeds, i + 2)
        n_more = len(chosen) if kind == "select" else len(chosen) - len(base)
        added.append(_added(name, kind, n_more, with_it, without, test, config.seed))
    progress("features: report", n, n)
    return FeatureReport(
        base=_levels(without, test, len(base)),
        rows=tuple(added),
        n_train=len(train.clicks),
        n_test=len(test.clicks),
        n_test_clicks=int(test.clicks.sum()),
        seeds=seeds,
    )


def _selections(train: ExampleRows, columns: tuple[str, ...], seed: int) -> Any:
    """Half of all columns, by each way of choosing them."""
    for how in _SELECTIONS:
        keep = len(columns) // 2
        weights = column_weights(
            SelectSpec(by=how.by, keep=keep), train.matrix, train.clicks, seed=seed
        )
        kept = strongest_columns(weights, columns, keep=keep, always=ALWAYS)
        yield f"half by {how.by}", "select", kept


def _with_noise(
    columns: tuple[str, ...], parts: Sequence[ExampleRows], seed: int
) -> tuple[tuple[str, ...], tuple[ExampleRows, ...]]:
    rng = np.random.default_rng(seed)
    names = (*columns, *(f"{NOISE}_{i}" for i in range(_N_NOISE)))
    more = [rng.normal(size=(len(one.clicks), _N_NOISE)).astype(np.float32) for one in parts]
    return names, tuple(
        replace(one, matrix=np.concatenate([one.matrix, noise], axis=1))
        for one, noise in zip(parts, more, strict=True)
    )


def _fitted(
    chosen: tuple[str, ...],
    columns: tuple[str, ...],
    rows: Sequence[ExampleRows],
    config: ClickTraining,
    seeds: Sequence[int],
) -> _Predictions:
    """Models of the chosen columns, one a seed, asked about the test rows."""
    started = time.perf_counter()
    at = [columns.index(c) for c in chosen]
    train, validation, test = (replace(one, matrix=one.matrix[:, at]) for one in rows)
    at_top = test.at_top(chosen)
    p_clicks: list[Scores] = []
    orders: list[dict[str, Scores]] = []
    for seed in seeds:
        models = fit_clicks(
            train,
            validation,
            chosen,
            settings=config.models,
            context=FitContext(seed=seed, threads=config.threads),
        ).models
        asked = Predictions(models.models, at_top, chosen)
        p_clicks.append(probabilities(models, test))
        orders.append({name: asked.of(name).scores for name in models.models})
    mean = {name: np.mean([one[name] for one in orders], axis=0) for name in orders[0]}
    return _Predictions(np.mean(p_clicks, axis=0), mean, time.perf_counter() - started)


def _ndcg(predictions: _Predictions, test: ExampleRows) -> dict[str, Scores]:
    """By model, nDCG@10 of each test page."""
    orders = predictions.orders.items()
    return {n: ndcg_by_group(test.earned(), s, test.page, k=DEPTH) for n, s in orders}


def _widest() -> str:
    """The click model that blends most others: its order is the headline."""
    return max(models_of("clicks"), key=lambda spec: len(spec.made_of)).name


def _added(
    name: str,
    kind: str,
    n_columns: int,
    ours: _Predictions,
    theirs: _Predictions,
    test: ExampleRows,
    seed: int,
) -> ColumnGain:
    ours_ndcg, theirs_ndcg = _ndcg(ours, test), _ndcg(theirs, test)
    visitors = test.visitor[np.unique(test.page, return_index=True)[1]]
    gained = {
        order: paired_bootstrap(ours_ndcg[order], theirs_ndcg[order], seed=seed, clusters=visitors)
        for order in ours_ndcg
    }
    surprise = [log_loss_by_row(one.p_click, test.clicks) for one in (theirs, ours)]
    return ColumnGain(
        name=name,
        kind=kind,
        n_columns=n_columns,
        log_loss=paired_bootstrap(surprise[0], surprise[1], seed=seed, clusters=test.visitor),
        auc=paired_auc(ours.p_click, theirs.p_click, test.clicks, seed=seed, clusters=test.visitor),
        ndcg10=gained.pop(_widest()),
        ndcg10_by_model=gained,
        seconds=round(ours.seconds, 1),
    )


def _levels(predictions: _Predictions, test: ExampleRows, n_columns: int) -> dict[str, float]:
    from baihuo.evaluate import auc

    ndcg = {f"ndcg10_{n}": float(np.nanmean(v)) for n, v in _ndcg(predictions, test).items()}
    return {
        "n_columns": float(n_columns),
        "log_loss": float(log_loss_by_row(predictions.p_click, test.clicks).mean()),
        "auc": auc(predictions.p_click, test.clicks),
        "ndcg10": ndcg.pop(f"ndcg10_{_widest()}"),
        **ndcg,
    }
