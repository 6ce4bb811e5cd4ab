"""Purchases, by trees: ranks a visitor's candidates by purchases in the next weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from baihuo.models.contract import (
    Examples,
    File,
    Files,
    FitContext,
    Floats,
    Model,
    ModelSpec,
    Scores,
    json_of,
    text_of,
)
from baihuo.models.listwise_network import ListwiseNetworks, fit_listwise
from baihuo.models.trees import Trees, booster_of

N_TREES = 220
_N_ROUGH = 40
OBJECTIVES = ("lambdarank", "binary")
SOFTMAX = "softmax"  # without trees: a few networks
_MIN_GROUPS = 1_000  # with fewer a network overfits
_SPREAD_OF = 5  # every so many groups, for the spread of scores
_NETWORK_SHARE = 1.5  # of the blend, where one objective of trees has 1
BOOSTING: dict[str, Any] = {
    "objective": OBJECTIVES[0],
    "lambdarank_truncation_level": 40,
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}


@dataclass(frozen=True, slots=True)
class PurchaseConfig:
    """Settings of the ranker."""

    n_trees: int | None = None  # of each objective; None: N_TREES times the effort
    learning_rate: float = 0.05
    objectives: tuple[str, ...] = OBJECTIVES
    """LightGBM's names, and ``softmax``, which adds networks."""


@dataclass(frozen=True, slots=True, eq=False)
class PurchaseRanker(Model):
    """Scores of candidates, comparable within a visitor: the mean of models grown for several objectives.

    Trees fit steps and combinations, networks sums, so that they err differently.
    """

    trees: Mapping[str, Trees]  # by objective, all of the same columns
    spreads: Mapping[str, float]  # divisor of each model's scores
    networks: ListwiseNetworks | None = None
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", next(iter(self.trees.values())).columns)

    def scores(self, matrix: Floats) -> Scores:
        """The mean of the raw scores, each in units of its spread."""
        parts = [t.scores(matrix) / self.spreads[name] for name, t in self.trees.items()]
        if self.networks is not None:
            parts.append(self.networks.scores(matrix) / self.spreads[SOFTMAX] * _NETWORK_SHARE)
        return np.asarray(np.mean(parts, axis=0), dtype=np.float64)

    def rough_scores(self, matrix: Floats) -> Scores:
        """The first trees of one objective: a tenth of the work."""
        orders = OBJECTIVES[0] if OBJECTIVES[0] in self.trees else next(iter(self.trees))
        return self.trees[orders].scores(matrix, first=_N_ROUGH)

    def files(self) -> Files:
        """LightGBM's texts, one an objective, the spreads, and the numbers of networks."""
        texts = {f"{name}.txt": trees.text for name, trees in self.trees.items()}
        files: dict[str, File] = {**texts, "spreads.json": dict(self.spreads)}
        if self.networks is not None:
            files[f"{SOFTMAX}.json"] = self.networks.to_json()
        return files

    def importance(self) -> dict[str, float]:
        """Return each column's share of the trees' loss reduction, the mean over objectives, without networks."""
        shares = [trees.importance() for trees in self.trees.values()]
        return {c: float(np.mean([share[c] for share in shares])) for c in self.columns}


def fit(train: Examples, validation: Examples | None, context: FitContext) -> PurchaseRanker:
    """Settings are those of :class:`PurchaseConfig`; where fewer than a thousand groups teach, ``softmax`` stands for ``OBJECTIVES``.

    Objectives err differently, so that their mean is better than the best of them. Continued, a third as
    many trees grow on top; networks are small and begin again. It stops on nothing: candidates of overlapping
    windows are no test of each other.
    """
    rows = train.take(np.argsort(train.group, kind="stable"))
    config = PurchaseConfig(**context.settings)
    objectives = list(config.objectives)
    if SOFTMAX in objectives and np.count_nonzero(np.diff(rows.group)) < _MIN_GROUPS:
        objectives = [*OBJECTIVES]
    names = sorted(name for name in objectives if name != SOFTMAX)
    data = _dataset(rows)  # columns are binned once for all objectives
    grown = {name: _grow(data, rows, name, config, context) for name in names}
    some = rows.take(rows.group % _SPREAD_OF == rows.group[:1] % _SPREAD_OF)
    spreads = {name: _spread(trees.scores(some.matrix), some) for name, trees in grown.items()}
    networks = None
    if SOFTMAX in objectives:
        # Passes are not shortened: fewer rows are less work already.
        networks = fit_listwise(rows, seed=context.seed, progress=context.progress)
        spreads[SOFTMAX] = _spread(networks.scores(some.matrix), some)
    return PurchaseRanker(grown, spreads, networks)


def _dataset(rows: Examples) -> Any:
    import lightgbm

    return lightgbm.Dataset(
        rows.matrix,
        rows.gains,
        group=np.unique(rows.group, return_counts=True)[1],
        weight=rows.weights,
        feature_name=list(rows.columns),
        free_raw_data=False,
    )


def _grow(
    data: Any, rows: Examples, objective: str, config: PurchaseConfig, context: FitContext
) -> Trees:
    import lightgbm

    n_trees = config.n_trees or max(1, round(N_TREES * context.effort))
    before = None
    if context.continued is not None and f"{objective}.txt" in context.continued:
        n_trees = max(1, n_trees // 3)
        file = f"{objective}.txt"
        before = booster_of(text_of(context.continued, file), name=file)
    data.set_label(rows.labels if objective == "binary" else rows.gains)
    how = {"objective": objective, "learning_rate": config.learning_rate}
    booster = lightgbm.train(
        {**BOOSTING, **how, "seed": context.seed, "num_threads": context.threads},
        data,
        num_boost_round=n_trees,
        init_model=before,
        callbacks=[
            lambda state: context.progress(
                f"purchases: {objective}", state.iteration - state.begin_iteration + 1, n_trees
            )
        ],
    )
    return Trees(booster.model_to_string())


def _spread(scores: Scores, rows: Examples) -> float:
    """Standard deviation of scores within a group; 1 where they are all the same."""
    _, group, n = np.unique(rows.group, return_inverse=True, return_counts=True)
    centred = scores - (np.bincount(group, scores) / n)[group]
    return float(np.sqrt(np.mean(centred**2))) or 1.0


def open_files(files: Files, parts: Mapping[str, Model]) -> PurchaseRanker:
    """From :meth:`PurchaseRanker.files`."""
    spreads = json_of(files, "spreads.json")
    texts = {name: f"{name}.txt" for name in spreads if name != SOFTMAX}
    trees = {name: Trees(text_of(files, file), name=file) for name, file in texts.items()}
    has_networks = SOFTMAX in spreads
    networks = (
        ListwiseNetworks.from_json(json_of(files, f"{SOFTMAX}.json")) if has_networks else None
    )
    return PurchaseRanker(
        trees, {name: float(spread) for name, spread in spreads.items()}, networks
    )


MODEL = ModelSpec(
    name="purchase_ranker", learns="purchases", fit=fit, open=open_files, settings=PurchaseConfig
)
