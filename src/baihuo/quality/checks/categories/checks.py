"""Products on the wrong shelf.

Words tell where a product belongs: a model learns it from the shop's own catalogue, in folds, so that
no product is judged by a model that learned from it. Only a much likelier shelf is worth a person's
time, and a person has the last word: the finding is a note. ``categories.repair`` moves the product.

Shelves that share their words (a "wireless mouse" among mice or among wireless devices) cannot be
told apart by words, and are not reported: neither shelf is much likelier than the other.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.quality.checks.categories.category_classifier import CategoryClassifier, Ints, roots_of
from baihuo.quality.checks.categories.hashed_words import Weights, WordHashes, words_sql
from baihuo.quality.checks.categories.settings import CategoriesRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

if TYPE_CHECKING:
    from pathlib import Path

    from scipy import sparse


CHECKS = (
    Check(
        name="wrong_category",
        step="categories",
        on="products",
        action="note",
        field="category",
        why="its words are those of another shelf, much more than of its own",
        fix="move the product to the shelf in the finding, or leave it; categories.repair: true "
        "moves all such products",
    ),
)
_BATCH_ROWS = 16_384
_FEW_ROWS = 30_000  # up to here three folds, each learning from two thirds; beyond, two
_FOUND = pa.schema(
    [
        pa.field("import_id", pa.int32()),
        pa.field("line", pa.int64()),
        pa.field("new", pa.string()),
        pa.field("detail", pa.string()),
    ]
)


def find(findings: FindingsStore, settings: CategoriesRules, context: CheckContext) -> CheckResult:
    """Products whose words are those of another shelf."""
    of = settings
    tables, work = findings.tables, findings.work
    words, sample = work / "shelf_words.parquet", work / "shelf_sample.parquet"
    columns = ("title_en", "title_zh", "description_en", "description_zh", "brand", "attributes")
    rows = findings.rows("product_id", "category", *columns)
    counted = tables.sql(
        f"SELECT category, count(*) AS n FROM {rows} WHERE category <> '' GROUP BY category ORDER BY category",
        out=None,
        **findings.inputs(),
    )
    shelves: list[str] = counted["category"].to_pylist()
    n_on = counted["n"].to_numpy()
    if not shelves:
        return CheckResult()
    if (n_on >= of.min_rows).sum() < 2:
        why = f"fewer than two categories have {of.min_rows} products (categories.min_rows)"
        return CheckResult(not_checked=(f"wrong_category: {why}",))
    n_folds = 3 if n_on.sum() <= _FEW_ROWS else 2
    tables.sql(
        f"SELECT *, CAST('0x' || left(mixed, 8) AS BIGINT) % {n_folds} AS fold FROM ("
        + words_sql(f"SELECT *, md5(product_id) AS mixed FROM {rows} WHERE category <> '' ")
        + ")",
        out=words,
        **findings.inputs(),
    )
    most = max(50, of.sample_rows // len(shelves))
    tables.sql(
        "SELECT category, fold, words FROM (SELECT *, row_number() OVER (PARTITION BY category "
        f"ORDER BY mixed, import_id, line) AS n FROM words) WHERE n <= {most} ORDER BY mixed, import_id, line",
        out=sample,
        words=words,
    )
    judge = _Judge(shelves, n_on, of, sample)
    found: list[pa.Table] = []
    for fold in range(n_folds):
        model = judge.learnt(fold)
        part = work / f"shelf_fold_{fold}.parquet"
        tables.sql(
            f"SELECT import_id, line, category, words FROM words WHERE fold = {fold}",
            out=part,
            words=words,
        )
        for batch in pq.ParquetFile(part).iter_batches(batch_size=_BATCH_ROWS):
            found.append(judge.judged(model, batch))
        part.unlink()
    action = "repair" if of.repair else "note"
    new = "new" if of.repair else "CAST(NULL AS VARCHAR)"
    select = (
        f"SELECT import_id, line, 'wrong_category' AS rule, '{action}' AS action, "
        f"'category' AS field, {new} AS new, detail FROM shelves_found"
    )
    return CheckResult(selects=[select], inputs={"shelves_found": pa.concat_tables(found)})


STEP = Step(name="categories", settings=CategoriesRules, checks=CHECKS, detectors=(find,))


class _Judge:
    """What the folds share: the shelves, the sample to learn from, the words that count."""

    def __init__(
        self, shelves: list[str], n_on: Ints, settings: CategoriesRules, sample: Path
    ) -> None:
        self._shelves, self._n_on, self._settings = shelves, n_on, settings
        self._number = {shelf: n for n, shelf in enumerate(shelves)}
        self._slots = WordHashes()
        table = pq.read_table(sample)
        matrix = self._slots.matrix(table["words"].combine_chunks())
        self._weights = Weights(matrix)
        self._sample: sparse.csr_matrix = self._weights.rows(matrix)
        self._labels = self._numbers(table["category"])
        self._folds = table["fold"].to_numpy()

    def learnt(self, fold: int) -> CategoryClassifier:
        """A model of all sampled products that are not in ``fold``."""
        others = np.flatnonzero(self._folds != fold)
        model = CategoryClassifier(roots_of(self._shelves, CATEGORY_SEPARATOR))
        return model.fit(self._sample[others], self._labels[others])

    def judged(self, model: CategoryClassifier, batch: pa.RecordBatch) -> pa.Table:
        """The products of the batch that stand on the wrong shelf."""
        of, own = self._settings, self._numbers(batch["category"])
        rows = self._weights.rows(self._slots.matrix(batch["words"]))
        verdict = model.judge(rows, own, self._n_on >= of.min_rows)
        ratio = verdict.log_best - verdict.log_own
        is_wrong = (
            (ratio >= math.log(of.min_ratio))
            & (self._n_on[own] >= of.min_own_rows)
            & (np.diff(rows.indptr) > 0)
        )
        at = np.flatnonzero(is_wrong)
        details = []
        for i in at:
            old, new = self._shelves[own[i]], self._shelves[verdict.best[i]]
            detail = {
                "field": "category",
                "old": old,
                "new": new,
                "depth": _first_difference(old, new),
                "probability": round(math.exp(verdict.log_best[i]), 3),
                "times_as_likely": float(f"{math.exp(min(ratio[i], 700)):.2g}"),
            }
            details.append(json.dumps(detail, ensure_ascii=False))
        new = pa.array([self._shelves[verdict.best[i]] for i in at], pa.string())
        columns = [
            batch["import_id"].take(at),
            batch["line"].take(at),
            new,
            pa.array(details, pa.string()),
        ]
        return pa.table(dict(zip(_FOUND.names, columns, strict=True)), schema=_FOUND)

    def _numbers(self, column: pa.ChunkedArray | pa.Array) -> Ints:
        return np.array([self._number[c] for c in column.to_pylist()], np.int64)


def _first_difference(old: str, new: str) -> int:
    """The first level, from 1, at which two paths part."""
    pairs = zip(old.split(CATEGORY_SEPARATOR), new.split(CATEGORY_SEPARATOR), strict=False)
    n_shared = 0
    for a, b in pairs:
        if a != b:
            break
        n_shared += 1
    return n_shared + 1
