"""Find labels that are likely wrong by confident learning, from any model's out-of-sample probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelAudit:
    """The joint distribution of given and true labels, and the rows likely mislabelled, worst first."""

    joint: Floats  # [given, true], sums to 1: estimated share of rows labelled i that are j
    rows: NDArray[np.int64]  # which rows, worst first
    suggested: NDArray[np.int64]  # [len(rows)], the likelier label
    margins: Floats  # [len(rows)], p(suggested) - p(given): 0 … 1

    @property
    def noise(self) -> float:
        """Estimated share of rows whose label is wrong."""
        return float(1.0 - np.trace(self.joint))

    def to_json(self) -> dict[str, Any]:
        """As written into reports; rows are left out."""
        return {
            "noise": self.noise,
            "n_suspects": len(self.rows),
            "joint": np.round(self.joint, 6).tolist(),
        }


def audit_labels(
    labels: NDArray[Any], probabilities: NDArray[Any], *, min_margin: float = 0.0
) -> LabelAudit:
    """Return the rows whose label the model confidently contradicts, as many as the estimated noise.

    A row counts for class ``j`` when its probability of ``j`` is at least the mean probability of
    ``j`` among rows labelled ``j``: so underestimated classes need less, and overestimated ones more. Counted by (given, confident) and
    scaled to the given labels, that
    is the joint. Of each cell off its diagonal the rows of the largest margin are taken, as many as
    the cell holds, if they are also among the least likely rows of their label, as many as its row has off the diagonal (the paper's "prune
    by noise rate" and "prune by class", both).

    Args:
        labels: ``[rows]``, given classes from 0.
        probabilities: ``[rows, classes]``, of a model that was *not* trained on the row (else it
            has learned the error); rows sum to 1.
        min_margin: Leave out rows with a smaller margin.

    Labels that are random, such as clicks, are different: unlikely outcomes happen, and this
    would call them wrong. See :func:`audit_outcomes`.

    Raises:
        ValueError: shapes differ, a label is out of range, or rows do not sum to 1.

    Source: Northcutt, Jiang and Chuang (2021).
    """
    classes, p = _checked(labels, probabilities)
    joint = estimate_joint(classes, p)
    n_given = np.bincount(classes, minlength=p.shape[1])
    wanted = np.rint(
        joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-300) * n_given[:, None]
    )
    margins = p - p[np.arange(len(p)), classes][:, None]
    unlike = _least_like(classes, p, wanted)
    picked: dict[int, tuple[int, float]] = {}
    for i, j in np.argwhere(wanted > 0):
        if i == j:
            continue
        rows_of_class = np.flatnonzero(classes == i)
        best = rows_of_class[
            np.argsort(-margins[rows_of_class, j], kind="stable")[: int(wanted[i, j])]
        ]
        for row in best[unlike[best] & (margins[best, j] > min_margin)]:
            if row not in picked or picked[row][1] < margins[row, j]:
                picked[int(row)] = (int(j), float(margins[row, j]))
    order = sorted(picked, key=lambda row: (-picked[row][1], row))
    return LabelAudit(
        joint,
        np.array(order, dtype=np.int64),
        np.array([picked[r][0] for r in order], dtype=np.int64),
        np.array([picked[r][1] for r in order], dtype=np.float64),
    )


def audit_outcomes(
    outcomes: NDArray[Any],
    probabilities: NDArray[Any],
    *,
    min_wrong: float = 0.5,
    max_rounds: int = 1000,
) -> LabelAudit:
    """Audit random outcomes like clicks, given their *calibrated* probabilities.

    An outcome was drawn from its row's probabilities and then, at a rate to be found, recorded as another. Rates are fitted by
    expectation–maximisation, from none; a row is flagged where it is more
    likely than ``min_wrong`` to have been another. Where outcomes are as frequent as predicted, however
    unlikely each, nothing is found. The model must not have been trained on outcomes with the same errors: it
    would predict the errors, too. Train it on a trusted period. ``margins`` are the probability of
    being wrong.

    Args:
        outcomes: ``[rows]``, from 0: clicked or not, bought or not.
        probabilities: ``[rows, outcomes]``, calibrated; rows sum to 1.
        min_wrong: 0 … 1.
        max_rounds: Of the fit.

    Raises:
        ValueError: as :func:`audit_labels`.
    """
    observed, p = _checked(outcomes, probabilities)
    n = p.shape[1]
    rates = np.eye(n) * (1 - 0.01 * n) + 0.01  # [true, given]: few are wrong, until shown otherwise
    for _ in range(max_rounds):
        truth = p * rates[:, observed].T
        truth /= np.maximum(truth.sum(axis=1, keepdims=True), 1e-300)
        counted = np.stack([np.bincount(observed, truth[:, t], minlength=n) for t in range(n)])
        new = counted / np.maximum(counted.sum(axis=1, keepdims=True), 1e-300)
        is_done, rates = np.abs(new - rates).max() < 1e-7, new
        if is_done:
            break
    wrong = 1.0 - truth[np.arange(len(p)), observed]
    other = truth.copy()
    other[np.arange(len(p)), observed] = -1.0
    rows = np.flatnonzero(wrong > min_wrong)
    rows = rows[np.lexsort((rows, -wrong[rows]))]
    joint = counted.T / len(p)
    return LabelAudit(joint, rows, other[rows].argmax(axis=1), wrong[rows])


def confident_joint(labels: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[np.int64]:
    """``[given, confident]`` counts of rows that are above a class's threshold; of several such
    classes the likeliest. Rows above no threshold are left out. Arguments as in :func:`audit_labels`.
    """
    classes, p = _checked(labels, probabilities)
    n = p.shape[1]
    sums, counts = (
        np.bincount(classes, p[np.arange(len(p)), classes], minlength=n),
        np.bincount(classes, minlength=n),
    )
    thresholds = np.divide(sums, counts, out=np.full(n, 2.0), where=counts > 0)  # no rows: no class
    above = p >= thresholds - 1e-6
    sure = np.where(above, p, -1.0)
    is_any = above.any(axis=1)
    counted = np.zeros((n, n), dtype=np.int64)
    np.add.at(counted, (classes[is_any], sure[is_any].argmax(axis=1)), 1)
    return counted


def estimate_joint(labels: NDArray[Any], probabilities: NDArray[Any]) -> Floats:
    """``[given, true]``: the confident counts, each row scaled to how often its label was given."""
    classes, p = _checked(labels, probabilities)
    counted = confident_joint(classes, p).astype(np.float64)
    n_given = np.bincount(classes, minlength=p.shape[1]).astype(np.float64)
    is_bare = counted.sum(axis=1) == 0  # no confident row: the labels are trusted
    counted[is_bare, is_bare] = 0.0
    counted[np.flatnonzero(is_bare), np.flatnonzero(is_bare)] = 1.0
    scaled: Floats = counted / counted.sum(axis=1, keepdims=True) * n_given[:, None]
    return scaled / scaled.sum()


def _least_like(classes: NDArray[np.int64], p: Floats, wanted: Floats) -> NDArray[np.bool_]:
    is_unlike = np.zeros(len(p), dtype=bool)
    for i in range(p.shape[1]):
        rows_of_class = np.flatnonzero(classes == i)
        n = int(wanted[i].sum() - wanted[i, i])
        is_unlike[rows_of_class[np.argsort(p[rows_of_class, i], kind="stable")[:n]]] = True
    return is_unlike


def _checked(labels: NDArray[Any], probabilities: NDArray[Any]) -> tuple[NDArray[np.int64], Floats]:
    classes, p = np.asarray(labels, dtype=np.int64), np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or classes.shape != (len(p),) or not len(p):
        raise ValueError(f"{classes.shape} labels do not go with {p.shape} probabilities")
    if classes.min() < 0 or classes.max() >= p.shape[1]:
        raise ValueError(f"a label is outside of 0 … {p.shape[1] - 1}")
    if not np.isfinite(p).all() or (p < 0).any() or np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError("probabilities of a row must be 0 or more and sum to 1")
    return classes, p
