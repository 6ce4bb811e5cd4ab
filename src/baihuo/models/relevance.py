"""P(relevant | evidence of words): the part of a search's order that clicks must not override."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.calibrator import Calibrator, log_odds
from baihuo.models.trees import Trees

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RelevanceExamples:
    """Pairs of a query and a product, with what is known of them."""

    matrix: NDArray[np.float32]  # [rows, columns] evidence of words, NaN: missing
    labels: NDArray[np.float64]  # [rows] 1: relevant, 0: not
    weights: NDArray[np.float64]  # [rows] above 0
    query: NDArray[np.int64]  # [rows] number of the query
    origin: NDArray[np.str_]  # [rows] "judged", "clicked", "skipped", "sampled", "mined", "random"

    def take(self, mask: NDArray[np.bool_]) -> RelevanceExamples:
        """The rows where ``mask`` holds."""
        return RelevanceExamples(
            self.matrix[mask],
            self.labels[mask],
            self.weights[mask],
            self.query[mask],
            self.origin[mask],
        )

    @staticmethod
    def concatenate(parts: list[RelevanceExamples]) -> RelevanceExamples:
        """All rows of ``parts``, whose numbers of queries must not overlap."""
        return RelevanceExamples(
            np.concatenate([p.matrix for p in parts]),
            np.concatenate([p.labels for p in parts]),
            np.concatenate([p.weights for p in parts]),
            np.concatenate([p.query for p in parts]),
            np.concatenate([p.origin for p in parts]),
        )


@dataclass(frozen=True, slots=True)
class RelevanceConfig:
    """How the trees are grown."""

    n_trees: int = 120
    leaves: int = 12
    learning_rate: float = 0.08
    min_rows_per_leaf: int = 60
    l2: float = 5.0
    held_out: float = 0.2  # share of the queries that calibrate
    seed: int = 7
    threads: int = 2


class RelevanceModel:
    """Trees with monotone constraints over evidence of words, calibrated by Platt's line.

    More evidence never lowers the probability, so no pattern of the log can put a product without the words
    above one that has them all else being equal.
    """

    def __init__(self, trees: Trees, calibrator: Calibrator) -> None:
        self.trees, self.calibrator = trees, calibrator
        self.columns = trees.columns

    @classmethod
    def fit(
        cls,
        examples: RelevanceExamples,
        columns: Mapping[str, int],
        config: RelevanceConfig = RelevanceConfig(),  # frozen
    ) -> RelevanceModel:
        """Grow on most queries, calibrate on the rest.

        Args:
            examples: Relevant and irrelevant pairs.
            columns: Name to direction: 1 never lowers the probability, -1 never raises it, 0 is free.

        Raises:
            ValueError: all labels are equal.
        """
        import lightgbm

        if len(np.unique(examples.labels)) < 2:
            raise ValueError("every pair has the same label: there is nothing to learn")
        drawn = np.random.default_rng(config.seed).random(int(examples.query.max()) + 1)
        is_held_out = (drawn < config.held_out)[examples.query]
        if len(np.unique(examples.labels[is_held_out])) < 2:
            is_held_out[:] = False  # too few queries: calibrated on what it was fitted on
        grown = examples.take(~is_held_out)
        booster = lightgbm.train(
            {
                "objective": "binary",
                "num_leaves": config.leaves,
                "learning_rate": config.learning_rate,
                "min_data_in_leaf": min(config.min_rows_per_leaf, max(1, len(grown.labels) // 20)),
                "lambda_l2": config.l2,
                "monotone_constraints": list(columns.values()),
                "monotone_constraints_method": "intermediate",
                "seed": config.seed,
                "num_threads": config.threads,
                "deterministic": True,
                "force_row_wise": True,
                "verbosity": -1,
            },
            lightgbm.Dataset(
                grown.matrix, grown.labels, weight=grown.weights, feature_name=list(columns)
            ),
            num_boost_round=config.n_trees,
        )
        trees = Trees(booster.model_to_string())
        rest = examples.take(is_held_out) if is_held_out.any() else grown
        return cls(trees, _platt(trees.scores(rest.matrix), rest.labels, rest.weights))

    def scores(self, matrix: NDArray[np.float32]) -> Floats:
        """``[rows, columns]`` to ``[rows]`` calibrated log-odds: larger is more relevant."""
        return log_odds(self.probabilities(matrix))

    def probabilities(self, matrix: NDArray[np.float32]) -> Floats:
        """``[rows, columns]`` to ``[rows]``, P(relevant).

        Raises:
            ValueError: another number of columns than the model was trained on.
        """
        raw = self.trees.scores(matrix)
        return self.calibrator.apply(1.0 / (1.0 + np.exp(-raw)))

    def files(self) -> dict[str, Any]:
        """As kept in a bundle: file name to content; :meth:`open` reads them."""
        return {"trees.txt": self.trees.text, "calibrator.json": self.calibrator.to_json()}

    @classmethod
    def open(cls, files: Mapping[str, str]) -> RelevanceModel:
        """From the texts of :meth:`files`."""
        return cls(
            Trees(files["trees.txt"]), Calibrator.from_json(json.loads(files["calibrator.json"]))
        )


def _platt(raw: Floats, labels: Floats, weights: Floats) -> Calibrator:
    """A line through the log-odds: strictly rising, so it never makes two products equal."""
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=1e6, max_iter=1000).fit(raw[:, None], labels, sample_weight=weights)
    slope, start = max(float(line.coef_[0, 0]), 1e-3), float(line.intercept_[0])
    ends = np.array([raw.min(), max(raw.max(), raw.min() + 1e-3)])
    return Calibrator("platt", ends, start + slope * ends)
