"""Steps of sequences as padded arrays, and training until the recall of visitors kept aside is at its best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.models import LONGEST_HISTORY, Sequences

Scores = Callable[[Sequences], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Histories and what came after each."""

    histories: Sequences
    came: NDArray[np.int32]


def steps_of(sequences: Sequences) -> Steps:
    """Every step of every sequence."""
    histories, came, _ = sequences.steps()
    return Steps(histories, came)


def padded(histories: Sequences) -> torch.Tensor:
    """``[histories, LONGEST_HISTORY]``: item numbers plus 1, the last one on the right; 0: none."""
    rows = np.zeros((len(histories), LONGEST_HISTORY), np.int64)
    for at, items in enumerate(histories):
        last = items[-LONGEST_HISTORY:]
        rows[at, LONGEST_HISTORY - len(last) :] = last.astype(np.int64) + 1
    return torch.from_numpy(rows)


def recall_at(scores: NDArray[np.float32], came: NDArray[np.int32], k: int) -> NDArray[np.float64]:
    """``[rows]``: 1 where what came is among the ``k`` best; of equal scores it stands last."""
    own = scores[np.arange(len(came)), came]
    return np.asarray((scores >= own[:, None]).sum(axis=1) <= k, np.float64)


def fitted_until_best(
    fit: Callable[[Sequences, int, Callable[[int, Scores], None]], Scores],
    known: Sequences,
    *,
    epochs: int,
    every: int,
    seed: int,
) -> Scores:
    """Fit on four fifths of the sequences, see after which epoch the others' recall@20 is best, fit on all as long.

    Args:
        fit: From sequences and a number of epochs; calls back after every epoch.
        known: Sequences to learn from.
        epochs: At most.
        every: How many epochs lie between two looks.
        seed: Of who is kept aside.
    """
    order = np.random.default_rng([seed, 11]).permutation(len(known))
    cut = len(order) // 5
    aside = steps_of(known.take(np.sort(order[:cut])))
    some = np.random.default_rng(seed).permutation(len(aside.came))[:600]
    looked = Steps(aside.histories.take(some), aside.came[some])
    best_recall, best_epoch = -1.0, every

    def look(epoch: int, scores: Scores) -> None:
        nonlocal best_recall, best_epoch
        if epoch % every == 0:
            recall = float(recall_at(scores(looked.histories), looked.came, 20).mean())
            if recall > best_recall:
                best_recall, best_epoch = recall, epoch

    fit(known.take(np.sort(order[cut:])), epochs, look)
    return fit(known, best_epoch, lambda _epoch, _scores: None)
