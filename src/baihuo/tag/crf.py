"""A linear-chain CRF over sparse binary features, trained with L-BFGS; numpy and scipy alone.

Source: Lafferty, McCallum and Pereira (2001); forward and backward passes scaled as by Rabiner (1989).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
_BATCH_LEAST = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Crf:
    """Weights: ``emission`` ``[features, tags]``, ``transition`` ``[tags, tags]`` (from, to), ``start`` ``[tags]``."""

    emission: Floats
    transition: Floats
    start: Floats

    def best(self, scores: Floats) -> tuple[NDArray[np.int64], Floats]:
        """The likeliest tags of one text and the probability of each tag at its place (Viterbi; forward and backward).

        Args:
            scores: ``[characters, tags]``, sums of the weights of each character's features.

        Returns:
            Tags ``[characters]``, and marginal probabilities ``[characters, tags]``.
        """
        n, n_tags = scores.shape
        back = np.zeros((n, n_tags), np.int64)
        total = self.start + scores[0]
        for at in range(1, n):
            reached = total[:, None] + self.transition
            back[at] = reached.argmax(axis=0)
            total = reached.max(axis=0) + scores[at]
        tags = np.zeros(n, np.int64)
        tags[-1] = total.argmax()
        for at in range(n - 1, 0, -1):
            tags[at - 1] = back[at, tags[at]]
        steps = _Steps.of([n])
        _, marginals, _ = _passes(scores, self.transition, self.start, steps)
        return tags, marginals


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Characters of texts sorted by place: those at place t are the rows ``bounds[t]:bounds[t + 1]``, longest text first."""

    order: NDArray[np.int64]  # row of the sorted characters → row in the order of the texts
    bounds: NDArray[np.int64]

    @staticmethod
    def of(lengths: Sequence[int]) -> _Steps:
        sizes = np.asarray(lengths, np.int64)
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        longest = np.argsort(-sizes, kind="stable")
        order, bounds = [], [0]
        for place in range(int(sizes.max(initial=0))):
            here = longest[: int((sizes > place).sum())]
            order.append(starts[here] + place)
            bounds.append(bounds[-1] + len(here))
        return _Steps(np.concatenate(order), np.array(bounds))


def _passes(
    scores: Floats, transition: Floats, start: Floats, steps: _Steps
) -> tuple[float, Floats, Floats]:
    """Log of the partition function over all texts, marginals ``[characters, tags]`` and expected transitions ``[tags, tags]``.

    ``scores`` and the marginals are sorted as ``steps`` says.
    """
    bounds = steps.bounds
    top = scores.max(axis=1, keepdims=True)
    likely = np.exp(scores - top)
    highest = transition.max()
    move = np.exp(transition - highest)
    forward, backward = np.empty_like(likely), np.ones_like(likely)
    scale = np.empty(len(likely))
    first = slice(0, bounds[1])
    begun = np.exp(start - start.max())
    log_z = float(top.sum()) + float(start.max()) * bounds[1]
    log_z += highest * (len(scores) - bounds[1])
    for at in range(len(bounds) - 1):
        here = slice(bounds[at], bounds[at + 1])
        n = bounds[at + 1] - bounds[at]
        before = forward[bounds[at - 1] : bounds[at - 1] + n] @ move if at else begun[None, :]
        reached = before * likely[here]
        scale[here] = np.maximum(reached.sum(axis=1), _BATCH_LEAST)
        forward[here] = reached / scale[here][:, None]
    log_z += float(np.log(scale).sum())
    expected = np.zeros_like(move)
    for at in range(len(bounds) - 2, 0, -1):
        here = slice(bounds[at], bounds[at + 1])
        n = bounds[at + 1] - bounds[at]
        past = slice(bounds[at - 1], bounds[at - 1] + n)
        coming = likely[here] * backward[here] / scale[here][:, None]
        expected += move * (forward[past].T @ coming)
        backward[past] = coming @ move.T
    marginals = forward * backward
    assert first.stop <= len(scores)
    return log_z, marginals / marginals.sum(axis=1, keepdims=True), expected


def train_crf(
    features: csr_matrix,
    tags: NDArray[np.int64],
    lengths: Sequence[int],
    *,
    n_tags: int,
    l2: float,
    most_steps: int,
    progress: Callable[[int], None],
) -> Crf:
    """Fit to tagged texts.

    Args:
        features: ``[characters, features]``, the texts one after another.
        tags: ``[characters]``, 0 to ``n_tags - 1``.
        lengths: characters of each text, none 0.
        n_tags: number of tags.
        l2: weight of half the squared weights.
        most_steps: of L-BFGS.
        progress: is called with the number of steps done.
    """
    steps = _Steps.of(lengths)
    sorted_features = features[steps.order]
    transposed = csr_matrix(sorted_features.T)
    is_tag = np.eye(n_tags)[tags[steps.order]]
    followed = np.zeros((n_tags, n_tags))
    ends = np.cumsum(lengths)
    is_last = np.zeros(len(tags), np.bool_)
    is_last[ends - 1] = True
    np.add.at(followed, (tags[:-1][~is_last[:-1]], tags[1:][~is_last[:-1]]), 1.0)
    first = slice(0, int(steps.bounds[1]))
    n_emission = features.shape[1] * n_tags
    n_done = 0

    def parts(weights: Floats) -> tuple[Floats, Floats, Floats]:
        emission = weights[:n_emission].reshape(-1, n_tags)
        transition = weights[n_emission : n_emission + n_tags**2].reshape(n_tags, n_tags)
        return emission, transition, weights[n_emission + n_tags**2 :]

    def loss(weights: Floats) -> tuple[float, Floats]:
        emission, transition, start = parts(weights)
        scores = np.asarray(sorted_features @ emission)
        log_z, marginals, expected = _passes(scores, transition, start, steps)
        gold = float((scores * is_tag).sum()) + float((transition * followed).sum())
        gold += float((is_tag[first] @ start).sum())
        slope = np.concatenate(
            [
                np.asarray(transposed @ (marginals - is_tag)).ravel(),
                (expected - followed).ravel(),
                (marginals[first] - is_tag[first]).sum(axis=0),
            ]
        )
        return log_z - gold + 0.5 * l2 * float(weights @ weights), slope + l2 * weights

    def done(_: Any) -> None:
        nonlocal n_done
        n_done += 1
        progress(n_done)

    n_weights = n_emission + n_tags**2 + n_tags
    found = minimize(
        loss,
        np.zeros(n_weights),
        jac=True,
        method="L-BFGS-B",
        callback=done,
        options={"maxiter": most_steps, "maxcor": 6},
    )
    return Crf(*(part.copy() for part in parts(found.x)))
