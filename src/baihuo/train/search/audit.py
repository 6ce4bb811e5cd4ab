"""Grades that are likely wrong: unlike those of similar products, and unlike what the index knows.

Of grades flagged by what the index knows of a pair (words, coverage, cosine, rank), one in four was a
planted error; of those flagged with the grades of the query's other products, weighted by similarity, more than half.
A model combines both. It is fitted on other queries, and the grade in question takes no part in its own
columns, so an error cannot confirm itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput, Unsupported
from baihuo.evaluate import LabelAudit, audit_labels
from baihuo.index import Generation, Match
from baihuo.labels import N_GRADES

Floats = NDArray[np.float64]
_FOLDS, _MIN_QUERIES = 5, 10
_SHARPNESS = (10.0, 30.0)  # of the weight exp(s · (cosine - 1)) of another product's grade
_QUERY_WEIGHT = 0.05  # weight of the query's grades where no product is like it
_C = 0.3  # of the logistic regression


def audit_relevance(
    generation: Generation,
    grades: Mapping[str, Mapping[str, int]],
    *,
    n_examples: int = 50,
    seed: int = 7,
) -> dict[str, Any]:
    """Grades that a model of other queries and the neighbours contradict, the clearest first.

    Args:
        generation: The index whose products were graded.
        grades: Query → product id → grade, 0 to 3.
        n_examples: Listed in full, at most.
        seed: Of the folds.

    Raises:
        BadInput: too few queries were judged.
        Unsupported: scikit-learn is not installed.
    """
    pairs = [
        (query, product, grade)
        for query, by_id in sorted(grades.items())
        for product, grade in by_id.items()
        if product in generation.row_of
    ]
    grades_given = np.array([grade for _, _, grade in pairs], np.int64)
    queries = np.unique([query for query, _, _ in pairs], return_inverse=True)[1]
    n_queries = int(queries.max()) + 1 if len(queries) else 0
    if n_queries < _MIN_QUERIES:
        raise BadInput(
            f"{n_queries} judged queries are too few to learn from",
            fix=f"judge products of {_MIN_QUERIES} queries or more: baihuo label next",
        )
    audit = audit_grades(
        grade_columns(generation, pairs, queries), grades_given, queries, seed=seed
    )
    return {
        "what": "relevance",
        "n_labels": len(grades_given),
        "n_suspects": len(audit.rows),
        "noise": round(audit.noise, 5),
        "kinds": _kinds(grades_given, audit),
        "examples": _examples(generation, pairs, audit, n=n_examples),
        "why": (
            f"{len(audit.rows):,} of {len(grades_given):,} grades of {n_queries:,} queries are more likely another one; "
            f"estimated wrong: {audit.noise:.1%}"
        ),
    }


def _kinds(grades_given: NDArray[np.int64], audit: LabelAudit) -> list[dict[str, int]]:
    """How often each grade should probably have been another, most frequent first."""
    kinds, counts = np.unique(
        np.stack([grades_given[audit.rows], audit.suggested]), axis=1, return_counts=True
    )
    by_count = sorted(zip(kinds.T.tolist(), counts, strict=True), key=lambda kind: -kind[1])
    return [{"given": was, "likelier": to, "n": int(n)} for (was, to), n in by_count]


def _examples(
    generation: Generation, pairs: list[tuple[str, str, int]], audit: LabelAudit, *, n: int
) -> list[dict[str, Any]]:
    flagged = zip(audit.rows[:n], audit.suggested[:n], audit.margins[:n], strict=True)
    return [
        {
            "query_text": pairs[row][0],
            "product_id": pairs[row][1],
            "title": generation.product(generation.row_of[pairs[row][1]]).title,
            "given": pairs[row][2],
            "likelier": int(grade),
            "margin": round(float(margin), 4),
        }
        for row, grade, margin in flagged
    ]


def audit_grades(
    columns: Floats, labels: NDArray[np.int64], queries: NDArray[np.int64], *, seed: int = 7
) -> LabelAudit:
    """Confident learning over probabilities of a logistic regression in folds of queries.

    Args:
        columns: ``[pairs, c]`` of :func:`grade_columns`; what depends on grades, on those of others.
        labels: ``[pairs]``, grades.
        queries: ``[pairs]``, a number for each query.
    """
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as why:
        raise Unsupported(
            "auditing grades needs scikit-learn", fix="pip install 'baihuo[train]'"
        ) from why
    fold_of = np.random.default_rng(seed).permutation(int(queries.max()) + 1) % _FOLDS
    fold = fold_of[queries]
    probabilities = np.zeros((len(labels), N_GRADES))
    for held_out in range(_FOLDS):
        is_train, is_held_out = fold != held_out, fold == held_out
        if not is_held_out.any():
            continue
        mean, spread = columns[is_train].mean(axis=0), columns[is_train].std(axis=0) + 1e-9
        seen = np.unique(labels[is_train])
        if len(seen) == 1:
            probabilities[is_held_out, seen[0]] = 1.0
            continue
        model = LogisticRegression(C=_C, max_iter=1000)
        model.fit((columns[is_train] - mean) / spread, labels[is_train])
        predicted = model.predict_proba((columns[is_held_out] - mean) / spread)
        probabilities[np.ix_(is_held_out, model.classes_)] = predicted
    return audit_labels(labels, probabilities / probabilities.sum(axis=1, keepdims=True))


def grade_columns(
    generation: Generation, pairs: list[tuple[str, str, int]], queries: NDArray[np.int64]
) -> Floats:
    """``[pairs, c]``, what the index knows of each pair and how others of its query were graded."""
    blocks = []
    grades = np.array([grade for _, _, grade in pairs], np.int64)
    for number in range(int(queries.max()) + 1):
        rows_of_query = np.flatnonzero(queries == number)
        rows = np.array([generation.row_of[pairs[at][1]] for at in rows_of_query], np.int32)
        match = generation.match(pairs[rows_of_query[0]][0])
        known = np.zeros((len(rows), 5)) if match is None else _match_columns(match, rows)
        vectors = np.asarray(generation.taste_vectors[rows], np.float64)
        others = _other_grades(
            vectors, generation.snapshot.category_code[rows], grades[rows_of_query]
        )
        blocks.append((rows_of_query, np.concatenate([known, np.log(others + 0.02)], axis=1)))
    columns = np.zeros((len(pairs), blocks[0][1].shape[1]))
    for rows_of_query, values in blocks:
        columns[rows_of_query] = values
    return columns


def _match_columns(match: Match, rows: NDArray[np.int32]) -> Floats:
    most = max(float(match.relevance.max()), 1e-9)
    rank = (match.relevance[None, :] > match.relevance[rows][:, None]).sum(axis=1)
    return np.stack(
        [
            match.relevance[rows] / most,
            match.coverage[rows],
            match.identity_coverage[rows],
            match.cosines.of(rows),
            np.log1p(rank),
        ],
        axis=1,
    ).astype(np.float64)


def _other_grades(
    vectors: Floats, categories: NDArray[np.int32], grades: NDArray[np.int64]
) -> Floats:
    """``[rows, 4 · grades]``: how common each grade is among the query's other products: all of them,
    the like ones twice, and those of the same category."""
    one_hot = np.eye(N_GRADES)[grades]
    n = len(grades)
    all_others = (one_hot.sum(axis=0)[None] - one_hot + 1 / N_GRADES) / n
    cosines = vectors @ vectors.T
    shares = [all_others]
    for sharpness in _SHARPNESS:
        weights = np.exp(sharpness * (np.minimum(cosines, 1.0) - 1))
        np.fill_diagonal(weights, 0.0)
        weighted = weights @ one_hot + _QUERY_WEIGHT * all_others
        shares.append(weighted / (weights.sum(axis=1, keepdims=True) + _QUERY_WEIGHT))
    same_category = (categories[:, None] == categories[None]) & (categories[:, None] >= 0)
    np.fill_diagonal(same_category, False)
    shares.append(
        (same_category @ one_hot + all_others) / (same_category.sum(axis=1, keepdims=True) + 1)
    )
    return np.concatenate(shares, axis=1)
