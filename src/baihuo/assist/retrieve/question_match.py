"""Whether an entry answers what was asked, from the entry's own question: calibrated without any past conversation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.retrieve.flat_terms import Buckets, FlatTerms, Floats, Numbers, found_at, sums

MATCH_COLUMNS = (
    "question_cosine",
    "asked_in_question",
    "question_in_asked",
    "answer_cosine",
    "asked_in_answer",
    "is_same",
    "lead",
)


@dataclass(frozen=True, slots=True, eq=False)
class EntryTerms:
    """Terms and vectors of entries' questions and answers, and the idf of all terms."""

    idf: Floats  # [N_BUCKETS]
    questions: FlatTerms
    answers: FlatTerms
    question_vectors: Floats  # [n, dim]; zeros: it has no question
    answer_vectors: Floats
    question_idf: Floats  # [n]: of all terms of the question


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """P = 1 / (1 + exp(-(columns · weights + bias)))."""

    weights: NDArray[np.float64]
    bias: float

    def of(self, columns: NDArray[np.floating]) -> NDArray[np.float64]:
        """``[rows]`` of ``[rows, columns]``."""
        return np.asarray(1 / (1 + np.exp(-(columns @ self.weights + self.bias))))

    @staticmethod
    def fit(
        columns: NDArray[np.floating], labels: NDArray[np.floating], *, l2: float = 1.0
    ) -> Logistic:
        """By Newton's method, with a penalty on the weights of scaled columns."""
        scale = np.maximum(columns.std(axis=0), 1e-6)
        x = np.hstack([columns / scale, np.ones((len(columns), 1))])
        penalty = np.append(np.full(columns.shape[1], l2), 1e-6)
        beta = np.zeros(x.shape[1])
        for _ in range(30):
            p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
            slope = x.T @ (p - labels) + penalty * beta
            curve = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty)
            step = np.linalg.solve(curve, slope)
            beta -= step
            if np.abs(step).max() < 1e-8:
                break
        return Logistic(beta[:-1] / scale, float(beta[-1]))


def match_columns(
    entries: EntryTerms, asked: Buckets, vector: Floats, same: NDArray[np.bool_], at: Numbers
) -> Floats:
    """``[entries, MATCH_COLUMNS]``.

    Args:
        entries: all of them.
        asked: places of the terms of what was asked.
        vector: the encoder's, of what was asked.
        same: ``[entries]`` whether the entry's question is the same text.
        at: the entries to match.
    """
    total = max(float(entries.idf[asked].sum()), 1e-6)
    in_question = shared_idf(entries.questions, entries.idf, asked, at)
    in_answer = shared_idf(entries.answers, entries.idf, asked, at)
    cosine = entries.question_vectors[at] @ vector
    out = np.stack(
        [
            cosine,
            in_question / total,
            in_question / np.maximum(entries.question_idf[at], 1e-6),
            entries.answer_vectors[at] @ vector,
            in_answer / total,
            same.astype(np.float32),
            np.zeros(len(at), np.float32),
        ],
        axis=1,
    )
    strength = out[:, 0] + out[:, 1] + out[:, 2]
    if len(at) > 1:  # how far the best is before the others
        order = np.argsort(-strength)
        out[:, 6] = strength - strength[order[0]]
        out[order[0], 6] = strength[order[0]] - strength[order[1]]
    return out.astype(np.float32)


def shared_idf(terms: FlatTerms, idf: Floats, asked: Buckets, at: Numbers) -> Floats:
    """``[entries]``: idf of the terms that each of these shares with what was asked."""
    found, starts = terms.positions(at)
    places = terms.buckets[found]
    is_there = found_at(asked, places)[1]
    return sums((idf[places] * is_there).astype(np.float32), starts)
