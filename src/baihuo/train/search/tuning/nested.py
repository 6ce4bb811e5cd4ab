"""What choosing a tuning gains on queries that took no part in choosing it: nested cross-validation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.evaluate import Interval, paired_bootstrap
from baihuo.index import SearchTuning
from baihuo.train.search.tuning.choosing import choose
from baihuo.train.search.tuning.judged_queries import MEASURES

Floats = NDArray[np.float64]
FOLDS, REPEATS = 5, 3
CONFIDENCE = 0.99
"""Of the interval: folds share most of their queries, so an interval over queries is somewhat too narrow."""


class Measured(Protocol):
    """Queries that a tuning is measured on."""

    def __len__(self) -> int: ...

    def values(self, tuning: SearchTuning) -> Floats:
        """``[queries, MEASURES]``."""
        ...

    def goal(self, tuning: SearchTuning) -> Floats:
        """``[queries]``: larger is better."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """The estimate of the outer folds, and the tuning chosen on all queries."""

    chosen: SearchTuning
    of_folds: tuple[SearchTuning, ...]  # what each outer fold chose
    left_out: tuple[NDArray[np.intp], ...]  # the queries that took no part in each
    held_out: (
        Floats  # [queries, MEASURES] of what folds without the query chose, a mean over repeats
    )
    present: Floats  # [queries, MEASURES] of the present tuning
    gain: Interval  # of the goal: held out minus present, over groups of like queries
    is_whole: bool  # False: time was up before every fold had chosen

    def held_out_by(self, values: Callable[[SearchTuning], Floats]) -> Floats:
        """Other values of the same held-out queries, ``[queries, measures]``: each by what folds without it chose."""
        total, n = np.zeros_like(values(self.chosen)), np.zeros(len(self.held_out))
        for tuning, rows in zip(self.of_folds, self.left_out, strict=True):
            total[rows] += values(tuning)[rows]
            n[rows] += 1
        return np.asarray(total / np.maximum(n, 1)[:, None])


def nested(
    judged: Measured,
    present: SearchTuning,
    groups: Sequence[object],
    *,
    seed: int = 7,
    until_s: float = float("inf"),
    progress: Progress = no_progress,
) -> Nested:
    """Choose on all queries, and estimate what choosing so gains on others.

    Args:
        present: what serves; where choosing begins.
        groups: ``[queries]``; queries of one group stand in the same fold, and are drawn together.
        until_s: on the clock of :func:`time.monotonic`.
    """
    _, group = np.unique([str(g) for g in groups], return_inverse=True)
    chosen: list[SearchTuning] = []
    left_out: list[NDArray[np.intp]] = []
    held_out, n_out = np.zeros((len(judged), len(MEASURES))), np.zeros(len(judged))

    def is_time_up() -> bool:
        return time.monotonic() > until_s

    n_steps = FOLDS * REPEATS + 1
    for repeat in range(REPEATS):
        rng = np.random.default_rng((seed, repeat))
        fold = (rng.permutation(int(group.max()) + 1) % FOLDS)[group]
        for one in range(FOLDS):
            progress("tune search: folds", len(chosen), n_steps)
            inside, outside = np.flatnonzero(fold != one), np.flatnonzero(fold == one)
            if not len(inside) or not len(outside) or is_time_up():
                continue
            chosen.append(choose(judged.goal, present, inside, is_time_up=is_time_up))
            left_out.append(outside)
            held_out[outside] += judged.values(chosen[-1])[outside]
            n_out[outside] += 1
    is_whole = not is_time_up() and bool((n_out > 0).all())
    of_all = choose(judged.goal, present, np.arange(len(judged)), is_time_up=is_time_up)
    progress("tune search: folds", n_steps, n_steps)
    now = judged.values(present)
    out = np.where(n_out[:, None] > 0, held_out / np.maximum(n_out, 1)[:, None], now)
    gain = paired_bootstrap(
        out[:, :2].mean(axis=1),
        now[:, :2].mean(axis=1),
        seed=seed,
        clusters=group,
        confidence=CONFIDENCE,
    )
    is_whole = is_whole and not is_time_up()
    return Nested(of_all, tuple(chosen), tuple(left_out), out, now, gain, is_whole)


def group_of(text: str, words: Callable[[str], Sequence[str]]) -> str:
    """The group of a query: the same words in any order and form."""
    return " ".join(sorted(words(text))) or text
