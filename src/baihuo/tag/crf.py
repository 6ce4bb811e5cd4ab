"""A linear-chain CRF over sparse binary features, trained with L-BFGS; numpy, and scipy's sparse matrices.

Source: Lafferty, McCallum and Pereira (2001); forward and backward passes scaled as by Rabiner (1989).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
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
    sorted_features = features[steps.order].astype(np.float32)
    transposed = csr_matrix(sorted_features.T)
    is_tag = np.eye(n_tags)[tags[steps.order]]
    followed = np.zeros((n_tags, n_tags))
    ends = np.cumsum(lengths)
    is_last = np.zeros(len(tags), np.bool_)
    is_last[ends - 1] = True
    np.add.at(followed, (tags[:-1][~is_last[:-1]], tags[1:][~is_last[:-1]]), 1.0)
    first = slice(0, int(steps.bounds[1]))
    n_emission = features.shape[1] * n_tags

    def parts(weights: Singles) -> tuple[Singles, Floats, Floats]:
        emission = weights[:n_emission].reshape(-1, n_tags)
        rest = weights[n_emission:].astype(np.float64)
        return emission, rest[: n_tags**2].reshape(n_tags, n_tags), rest[n_tags**2 :]

    def loss(weights: Singles) -> tuple[float, Singles]:
        emission, transition, start = parts(weights)
        scores = np.asarray(sorted_features @ emission).astype(np.float64)
        log_z, marginals, expected = _passes(scores, transition, start, steps)
        gold = float((scores * is_tag).sum()) + float((transition * followed).sum())
        gold += float((is_tag[first] @ start).sum())
        surplus = marginals - is_tag
        slope = np.empty_like(weights)
        slope[:n_emission] = np.asarray(transposed @ surplus.astype(np.float32)).ravel()
        slope[n_emission:-n_tags] = (expected - followed).ravel()
        slope[-n_tags:] = surplus[first].sum(axis=0)
        penalty = 0.5 * l2 * float(weights @ weights)
        return log_z - gold + penalty, slope + np.float32(l2) * weights

    nothing = np.zeros(n_emission + n_tags**2 + n_tags, np.float32)
    found = lbfgs(loss, nothing, most_steps=most_steps, progress=progress)
    emission, transition, start = parts(found)
    return Crf(emission.astype(np.float64), transition, start)


# L-BFGS for smooth, strictly convex losses of very many weights: memory of few vectors, all in single precision.
#
# scipy's L-BFGS-B keeps bounds that such losses do not have. With a million weights its own algebra took more than half of the time of a fit
# (docs/decisions/0040).


Singles = NDArray[np.float32]
_MEMORY = 6  # pairs of a step and the change of the slope over it
_ENOUGH = 1e-4  # Armijo: share of the fall that the slope promises
_HALVINGS = 20


def lbfgs(
    loss: Callable[[Singles], tuple[float, Singles]],
    start: Singles,
    *,
    most_steps: int,
    tolerance: float = 0.0,
    progress: Callable[[int], None] = lambda done: None,
) -> Singles:
    """The weights with the least loss.

    Args:
        loss: of weights ``[n]``, the loss and its slope ``[n]``. Strictly convex, such as one with a penalty on squared weights.
        start: ``[n]``, where to begin.
        most_steps: how many steps at most.
        tolerance: stop when no slope is larger.
        progress: is called with the number of steps done.

    Source: Nocedal and Wright (2006), algorithm 7.5, with steps halved until the loss falls.
    """
    weights = start.astype(np.float32)
    value, slope = loss(weights)
    pairs: deque[tuple[Singles, Singles, float]] = deque(maxlen=_MEMORY)
    for step in range(most_steps):
        if float(np.abs(slope).max(initial=0.0)) <= tolerance:
            break
        direction = _direction(slope, pairs)
        promised = float(slope @ direction)
        length = 1.0
        for _ in range(_HALVINGS):
            tried = weights + np.float32(length) * direction
            new_value, new_slope = loss(tried)
            if new_value <= value + _ENOUGH * length * promised:
                break
            length *= 0.5
        else:
            break  # as low as single precision tells
        moved, bent = tried - weights, new_slope - slope
        curvature = float(moved @ bent)
        if curvature > 0:
            pairs.append((moved, bent, curvature))
        weights, value, slope = tried, new_value, new_slope
        progress(step + 1)
    return weights


def _direction(slope: Singles, pairs: Sequence[tuple[Singles, Singles, float]]) -> Singles:
    """Downhill, by the curvature that the last steps met; the first step has length 1 at most."""
    if not pairs:
        return -slope / np.float32(max(1.0, float(np.linalg.norm(slope))))
    rest = slope.copy()
    shares = []
    for moved, bent, curvature in reversed(pairs):
        share = float(moved @ rest) / curvature
        rest -= np.float32(share) * bent
        shares.append(share)
    _, bent, curvature = pairs[-1]
    rest *= np.float32(curvature / float(bent @ bent))
    for (moved, bent, curvature), share in zip(pairs, reversed(shares), strict=True):
        rest += np.float32(share - float(bent @ rest) / curvature) * moved
    return -rest
