"""Label audits on planted mistakes in real labels, and on the real mistakes of real raters."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo import quality
from baihuo.core import ShopPaths
from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.engine import DuckTables
from baihuo.evaluate import audit_labels
from baihuo.index import Generation
from baihuo.labels import Ratings
from baihuo.quality.checks.categories.category_classifier import CategoryClassifier, roots_of
from baihuo.quality.checks.categories.hashed_words import Weights, WordHashes, words_sql
from baihuo.train.search.audit import audit_grades, grade_columns

Grades = Mapping[str, Mapping[str, int]]
Line = dict[str, object]
SHARE = 0.05


def relevance(
    generation: Generation, settled: Grades, ratings: Ratings, *, seed: int, runs: int
) -> list[Line]:
    """Planted: one settled grade in twenty becomes another. Real: the grades of each rater that the
    settled ones contradict."""
    pairs = [
        (q, p, g)
        for q, by_id in settled.items()
        for p, g in by_id.items()
        if p in generation.row_of
    ]
    truth = np.array([g for _, _, g in pairs])
    queries = np.unique([q for q, _, _ in pairs], return_inverse=True)[1]
    planted = []
    for run in range(runs):
        rng = np.random.default_rng((seed, run))
        wrong = rng.random(len(truth)) < SHARE
        given = np.where(wrong, (truth + rng.integers(1, 4, len(truth))) % 4, truth)
        planted.append(_marks(_audited(generation, pairs, given, queries), wrong))
    lines = [_line("relevance", "planted, 1 in 20", planted)]
    for number, rater in enumerate(ratings.raters):
        both = zip(ratings.queries, ratings.products, ratings.grades[:, number], strict=True)
        judged = [
            (q, p, int(g)) for q, p, g in both if p in generation.row_of and p in settled.get(q, {})
        ]
        final = np.array([settled[q][p] for q, p, _ in judged])
        given = np.array([g for _, _, g in judged])
        of = np.unique([q for q, _, _ in judged], return_inverse=True)[1]
        found = _audited(generation, judged, given, of)
        lines.append(_line("relevance", f"real, {rater}", [_marks(found, given != final)]))
        # A grade two or more away from the settled one is a mistake, one away is taste.
        lines[-1]["recall_of_two_apart"] = _marks(found, np.abs(given - final) >= 2)[1]
    return lines


def categories(products: pa.Table, *, seed: int) -> list[Line]:
    """One product in fifty is put into another category: what the check finds, and what confident
    learning finds by out-of-fold probabilities of the same model."""
    rng = np.random.default_rng(seed)
    category = np.array([c or "" for c in products["category"].to_pylist()], object)
    names, counts = np.unique(category[category != ""].astype(str), return_counts=True)
    large = names[counts >= 20]
    wrong = (category != "") & (rng.random(len(category)) < 0.02)
    given = category.copy()
    for row in np.flatnonzero(wrong):
        given[row] = rng.choice(large[large != category[row]])
    column = pa.array([c or None for c in given], pa.string())
    dirty = products.set_column(products.schema.get_field_index("category"), "category", column)
    with tempfile.TemporaryDirectory() as folder:
        checked = _checked(dirty, Path(folder))
        learned = _confident(dirty, given)
    return [
        _line("categories", f"planted, 1 in 50: {name}", [_marks(rows, wrong)])
        for name, rows in (
            ("wrong_category (150 times as likely)", checked),
            ("confident learning", learned),
        )
    ]


def _audited(
    generation: Generation,
    pairs: list[tuple[str, str, int]],
    given: NDArray[np.int64],
    queries: NDArray[np.int64],
) -> NDArray[np.int64]:
    now = [(q, p, int(g)) for (q, p, _), g in zip(pairs, given, strict=True)]
    return audit_grades(grade_columns(generation, now, queries), given, queries).rows


def _checked(dirty: pa.Table, folder: Path) -> NDArray[np.int64]:
    rules, paths = quality.QualityRules(min_events=0), ShopPaths(folder)
    raw = folder / "raw.parquet"
    pq.write_table(dirty, raw)
    tables = DuckTables(threads=2, spill_dir=folder / ".spill")
    quality.clean(tables, events=[], products=[raw], out=paths.clean, rules=rules)
    found = pq.read_table(paths.clean / "findings.parquet").to_pylist()
    at = {
        f"{i}:{n}": row
        for row, (i, n) in enumerate(
            zip(dirty["import_id"].to_pylist(), dirty["line"].to_pylist(), strict=True)
        )
    }
    return np.array([at[f["row_id"]] for f in found if f["check"] == "wrong_category"], np.int64)


def _confident(dirty: pa.Table, given: NDArray[np.object_]) -> NDArray[np.int64]:
    rows = np.flatnonzero(given != "")
    words = DuckTables(threads=2).sql(
        words_sql("SELECT * FROM p") + " ORDER BY place",
        p=dirty.take(rows).append_column("place", pa.array(np.arange(len(rows)))),
    )
    slots = WordHashes()
    matrix = slots.matrix(words["words"].combine_chunks())
    matrix = Weights(matrix).rows(matrix)
    shelves, labels = np.unique(given[rows].astype(str), return_inverse=True)
    probabilities = np.zeros((len(rows), len(shelves)), np.float32)
    order = np.random.default_rng(0).permutation(len(rows))
    for held in np.array_split(order, 3):
        rest = np.setdiff1d(order, held, assume_unique=True)
        rest = np.random.default_rng(1).permutation(rest)
        model = CategoryClassifier(roots_of(shelves.tolist(), CATEGORY_SEPARATOR))
        model.fit(matrix[rest], labels[rest])
        probabilities[held] = np.exp(model.log_shares(matrix[held]))
    sure = probabilities / probabilities.sum(axis=1, keepdims=True)
    return rows[audit_labels(labels, sure.astype(np.float64)).rows]


def _marks(found: NDArray[np.int64], wrong: NDArray[np.bool_]) -> tuple[float, float, float, int]:
    hit = int(wrong[found].sum())
    return hit / max(len(found), 1), hit / max(int(wrong.sum()), 1), float(wrong.mean()), len(found)


def _line(what: str, case: str, marks: list[tuple[float, float, float, int]]) -> Line:
    precision, recall, base, n = np.mean(marks, axis=0)
    return {
        "what": what,
        "case": case,
        "wrong": float(base),
        "n_named": float(n),
        "precision": float(precision),
        "recall": float(recall),
        "runs": len(marks),
    }
