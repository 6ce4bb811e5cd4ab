"""Learn to order the candidates of the next item, on visitors whom the sources have not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput, Progress, no_progress
from baihuo.models import (
    LONGEST_HISTORY,
    NEXT_ITEM_FEATURES,
    ChosenModel,
    Examples,
    FitContext,
    NextItemModel,
    NextItemSources,
    Sequences,
    Texts,
    fit_models,
    models_of,
    next_item_candidates,
    next_item_features,
    with_parts,
)

_BATCH = 256
_MIN_STEPS = 50  # steps whose item is a candidate; fewer teach no order


@dataclass(frozen=True, slots=True, kw_only=True)
class NextItemTraining:
    """How it is trained."""

    folds: int = 4  # of visitors: the sources of one fold are fitted on the others
    max_steps: int = 20_000  # more are drawn at random
    longest: int = LONGEST_HISTORY
    """Items of a history to learn from, as many as are known when it serves."""
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By registered model, what differs from the defaults of its file."""
    effort: float = 1.0  # of a model's usual steps
    seed: int = 7


def learn_next_item(
    sequences: Sequences,
    texts: Texts,
    *,
    training: NextItemTraining = NextItemTraining(),
    threads: int = 2,
    progress: Progress = no_progress,
) -> NextItemModel:
    """A model of the next item of any history.

    What the sources say of a visitor's own past is too good, so that examples come from sources fitted without
    the visitor; the sources that serve are fitted on all.

    Raises:
        BadInput: too few sequences of two items and more.
    """
    if len(sequences) < 2 * training.folds:
        raise _too_few(len(sequences.steps()[1]))
    rng = np.random.default_rng(training.seed)
    fold = rng.permutation(len(sequences)) % training.folds
    parts = []
    for k in range(training.folds):
        progress("next item: examples", k, training.folds)
        sources = NextItemSources.fit(sequences.take(np.flatnonzero(fold != k)), texts)
        inside = sequences.take(np.flatnonzero(fold == k))
        parts.append(_examples(sources, inside, k, training, rng))
    progress("next item: examples", training.folds, training.folds)
    rows = _joined(parts)
    if rows.labels.sum() < _MIN_STEPS:
        raise _too_few(int(rows.labels.sum()))
    return NextItemModel(
        NextItemSources.fit(sequences, texts), _fit(rows, training, threads, progress)
    )


def _too_few(n_steps: int) -> BadInput:
    return BadInput(
        f"{n_steps} steps to learn from, fewer than {_MIN_STEPS}",
        fix="give more sequences of two items and more",
    )


def _fit(
    rows: Examples, training: NextItemTraining, threads: int, progress: Progress
) -> ChosenModel:
    name = models_of("purchases")[0].name
    context = FitContext(
        seed=training.seed, threads=threads, effort=training.effort, progress=progress
    )
    models = fit_models("purchases", rows, None, context, settings=training.models)
    return ChosenModel(name, {part: models[part] for part in with_parts(name)})


def _examples(
    sources: NextItemSources,
    inside: Sequences,
    number: int,
    training: NextItemTraining,
    rng: np.random.Generator,
) -> Examples:
    """Candidates of the steps of one fold, a step a group; steps whose item is no candidate teach nothing."""
    histories, came, _ = inside.steps(longest=training.longest)
    at_most = training.max_steps // training.folds
    steps = np.arange(len(came))
    if len(steps) > at_most:
        steps = np.sort(rng.choice(steps, at_most, replace=False))
    parts = []
    for start in range(0, len(steps), _BATCH):
        batch = steps[start : start + _BATCH]
        asked = histories.take(batch)
        by_source = sources.say(asked)
        row, item = next_item_candidates(by_source)
        label = item == came[batch][row]
        teaches = np.isin(row, row[label])
        row, item, label = row[teaches], item[teaches], label[teaches]
        matrix = next_item_features(sources, asked, by_source, (row, item))
        parts.append(_of(matrix, label, number * 10_000_000 + start + row.astype(np.int64)))
    return _joined(parts)


def _of(
    matrix: NDArray[np.float32], label: NDArray[np.bool_], group: NDArray[np.int64]
) -> Examples:
    return Examples(
        NEXT_ITEM_FEATURES, matrix, label.astype(np.float32), label.astype(np.int32), group
    )


def _joined(parts: list[Examples]) -> Examples:
    if not parts:
        empty = np.zeros((0, len(NEXT_ITEM_FEATURES)), np.float32)
        return _of(empty, np.zeros(0, bool), np.zeros(0, np.int64))
    return Examples(
        NEXT_ITEM_FEATURES,
        np.concatenate([part.matrix for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.gains for part in parts]),
        np.concatenate([part.group for part in parts]),
    )
