"""The learned order of the next item with one source more: what a Transformer says of every item.

As :func:`baihuo.train.learn_next_item`, with the Transformer fitted fold by fold on the visitors that the other sources
saw, too; its best items are candidates, and its score and place are columns of the order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.models import (
    NEXT_ITEM_FEATURES,
    ChosenModel,
    Examples,
    FitContext,
    NextItemSources,
    Sequences,
    Texts,
    fit_models,
    models_of,
    next_item_candidates,
    next_item_features,
    with_parts,
)
from baihuo.train import NextItemTraining

Vote = Callable[[Sequences], NDArray[np.float32]]
"""Histories to ``[histories, items]``."""
FitVote = Callable[[Sequences], Vote]
_COLUMNS = (*NEXT_ITEM_FEATURES, "vote", "vote_rank")
_BATCH = 256
_BATCHES_A_FOLD = 10_000_000


@dataclass(frozen=True, slots=True, eq=False)
class WithVoter:
    """Sources, the voter, and the model that orders their candidates."""

    sources: NextItemSources
    vote: Vote
    ranker: ChosenModel

    def scores(self, histories: Sequences) -> NDArray[np.float64]:
        """``[histories, items]``; what is no candidate stands below, by the mix of all sources."""
        parts = []
        for start in range(0, len(histories), _BATCH):
            batch = histories.take(np.arange(start, min(start + _BATCH, len(histories))))
            by_source, pairs, matrix = _described(self.sources, self.vote, batch)
            learned = self.ranker.scores(matrix, _COLUMNS)
            scores = by_source["mix_of_all"].astype(np.float64)
            scores -= scores.max() - learned.min(initial=0.0) + 1.0
            scores[pairs] = learned
            parts.append(scores)
        return np.concatenate(parts)


def learn_with_voter(
    sequences: Sequences,
    texts: Texts,
    fit_vote: FitVote,
    *,
    training: NextItemTraining,
    threads: int = 1,
) -> WithVoter:
    """The same folds and steps as without it."""
    rng = np.random.default_rng(training.seed)
    fold = rng.permutation(len(sequences)) % training.folds
    parts: list[tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]] = []
    for k in range(training.folds):
        others = sequences.take(np.flatnonzero(fold != k))
        sources, vote = NextItemSources.fit(others, texts), fit_vote(others)
        histories, came, _ = sequences.take(np.flatnonzero(fold == k)).steps()
        steps, at_most = np.arange(len(came)), training.max_steps // training.folds
        if len(steps) > at_most:
            steps = np.sort(rng.choice(steps, at_most, replace=False))
        for start in range(0, len(steps), _BATCH):
            batch = steps[start : start + _BATCH]
            _, (row, item), matrix = _described(sources, vote, histories.take(batch))
            label = item == came[batch][row]
            teaches = np.isin(row, row[label])
            group = k * _BATCHES_A_FOLD + start + row.astype(np.int64)
            parts.append((matrix[teaches], label[teaches], group[teaches]))
    matrix, label, group = (np.concatenate(one) for one in zip(*parts, strict=True))
    rows = Examples(_COLUMNS, matrix, label.astype(np.float32), label.astype(np.int32), group)
    name = models_of("purchases")[0].name
    context = FitContext(seed=training.seed, threads=threads, effort=training.effort)
    models = fit_models("purchases", rows, None, context, settings=training.models)
    ranker = ChosenModel(name, {part: models[part] for part in with_parts(name)})
    return WithVoter(NextItemSources.fit(sequences, texts), fit_vote(sequences), ranker)


def _described(
    sources: NextItemSources, vote: Vote, histories: Sequences
) -> tuple[
    dict[str, NDArray[np.float32]],
    tuple[NDArray[np.intp], NDArray[np.intp]],
    NDArray[np.float32],
]:
    by_source = sources.say(histories)
    scores = vote(histories)
    scores = scores - scores.max(axis=1, keepdims=True)
    shares = np.exp(scores)
    by_source["vote"] = shares / shares.sum(axis=1, keepdims=True)
    pairs = next_item_candidates(by_source)
    matrix = next_item_features(sources, histories, by_source, pairs)
    place = np.empty(scores.shape, np.float32)
    for row, own in enumerate(scores):  # equal scores have one place
        _, inverse, counts = np.unique(-own, return_inverse=True, return_counts=True)
        place[row] = (np.cumsum(counts) - counts + 1)[inverse]
    columns = [np.log(by_source["vote"][pairs] + 1e-12), place[pairs]]
    return by_source, pairs, np.column_stack([matrix, *columns]).astype(np.float32)
