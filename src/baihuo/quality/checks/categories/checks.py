"""Products in the wrong category.

A model learns the words of each category from the shop's own catalogue, by cross-validation: no product
is classified by a model that learned from it. Only a category that is much more likely is reported, and
a person decides: the finding is a note. ``categories.repair`` moves the product.

Categories that share their words (a "wireless mouse" among mice or among wireless devices) are not
reported: neither is much more likely than the other.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.core import CATEGORY_SEPARATOR
from baihuo.quality.checks.categories.category_classifier import CategoryClassifier, Ints, roots_of
from baihuo.quality.checks.categories.hashed_words import Weights, WordHashes, words_sql
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult, Step

if TYPE_CHECKING:
    from scipy import sparse
from pydantic import Field, PositiveInt

from baihuo.quality.limits import Limits


class CategoriesRules(Limits):
    """Products in the wrong category, by their words."""

    min_ratio: float = Field(
        default=150, gt=1
    )  # the other category must be so many times as likely
    min_rows: PositiveInt = 20  # products of a category before it is suggested for others
    min_own_rows: PositiveInt = 5  # products of its present category before one of them is checked
    sample_rows: PositiveInt = 60_000  # to learn from, spread over the categories
    repair: bool = False  # true: move the product; the finding keeps the old category


CHECKS = read_checks(__file__, "categories")
_MIN_SHARE_WITH = 0.95  # of products that have a category, before one without is noted
_WRONG = pa.schema(
    {"import_id": pa.int32(), "line": pa.int64(), "old": pa.string(), "new": pa.string()}
    | dict.fromkeys(("probability", "times_as_likely"), pa.float64())
)
_BATCH_ROWS = 16_384
_FEW_ROWS = 30_000  # up to here three folds, each learning from two thirds; with more rows, two


def find(findings: FindingsStore, settings: CategoriesRules, context: CheckContext) -> CheckResult:
    """Products whose words are those of another category."""
    tables = findings.tables
    columns = ("title_en", "title_zh", "description_en", "description_zh", "brand", "attributes")
    rows = findings.rows("product_id", "category", *columns)
    counts = tables.sql(
        f"SELECT category, count(*) AS n FROM {rows} WHERE category <> '' GROUP BY category ORDER BY category",
        out=None,
        **findings.inputs(),
    )
    categories: list[str] = counts["category"].to_pylist()
    n_products = counts["n"].to_numpy()
    if not categories:
        return CheckResult()
    if (n_products >= settings.min_rows).sum() < 2:
        why = f"fewer than two categories have {settings.min_rows} products (categories.min_rows)"
        return CheckResult(not_checked=(f"wrong_category: {why}",))
    n_folds = 3 if n_products.sum() <= _FEW_ROWS else 2
    words, sample = _words_and_sample(findings, settings, rows, n_folds, len(categories))
    classification = _CrossValidation(categories, n_products, settings, sample)
    wrong: list[pa.Table] = []
    for fold in range(n_folds):
        model = classification.fitted_without(fold)
        fold_rows = findings.work / f"category_fold_{fold}.parquet"
        tables.sql(
            f"SELECT import_id, line, category, words FROM words WHERE fold = {fold}",
            out=fold_rows,
            words=words,
        )
        for batch in pq.ParquetFile(fold_rows).iter_batches(batch_size=_BATCH_ROWS):
            wrong.append(classification.wrong_categories(model, batch))
        fold_rows.unlink()
    detail = {n: n for n in ("old", "new", "probability", "times_as_likely")}
    select = finding_sql(
        "SELECT * FROM wrong_categories",
        "wrong_category",
        {"field": "'category'", **detail},
        action="repair" if settings.repair else "note",
        field="'category'",
        new="new" if settings.repair else "NULL",
    )
    return CheckResult(selects=[select], inputs={"wrong_categories": pa.concat_tables(wrong)})


def find_without(
    findings: FindingsStore, settings: CategoriesRules, context: CheckContext
) -> CheckResult:
    """Products that came without a category into a catalogue of categories."""
    rows = findings.rows("category")
    bare = "SELECT import_id, line FROM raw WHERE trim(coalesce(category, '')) = ''"
    n_needed = f"greatest({settings.min_rows}, {_MIN_SHARE_WITH} * count(*))"
    found = (
        f"SELECT import_id, line, NULL AS detail FROM {rows} SEMI JOIN ({bare}) USING (import_id, line) "
        f"WHERE (SELECT count(*) FILTER (category <> '') >= {n_needed} FROM {rows})"
    )
    return CheckResult(selects=[finding_sql(found, "no_category", field="'category'")])


STEP = Step(
    name="categories",
    settings=CategoriesRules,
    checks=CHECKS,
    detectors=(find, find_without),
    finds={find: ("wrong_category",), find_without: ("no_category",)},
)


def _words_and_sample(
    findings: FindingsStore, settings: CategoriesRules, rows: str, n_folds: int, n_categories: int
) -> tuple[Path, Path]:
    """Files of every product's words with its fold, and of a sample that has something of each category."""
    tables, work = findings.tables, findings.work
    words, sample = work / "category_words.parquet", work / "category_sample.parquet"
    tables.sql(
        f"SELECT *, CAST('0x' || left(random_key, 8) AS BIGINT) % {n_folds} AS fold FROM ("
        + words_sql(f"SELECT *, md5(product_id) AS random_key FROM {rows} WHERE category <> '' ")
        + ")",
        out=words,
        **findings.inputs(),
    )
    max_rows = max(50, settings.sample_rows // n_categories)
    tables.sql(
        "SELECT category, fold, words FROM (SELECT *, row_number() OVER (PARTITION BY category "
        "ORDER BY random_key, import_id, line) AS n FROM words) "
        f"WHERE n <= {max_rows} ORDER BY random_key, import_id, line",
        out=sample,
        words=words,
    )
    return words, sample


class _CrossValidation:
    """What the folds share: the categories, the sample to learn from, the words that count."""

    def __init__(
        self, categories: list[str], n_products: Ints, settings: CategoriesRules, sample: Path
    ) -> None:
        self._categories, self._n_products, self._settings = categories, n_products, settings
        self._number_of = {category: n for n, category in enumerate(categories)}
        self._hashes = WordHashes()
        table = pq.read_table(sample)
        matrix = self._hashes.matrix(table["words"].combine_chunks())
        self._weights = Weights(matrix)
        self._sample: sparse.csr_matrix = self._weights.rows(matrix)
        self._labels = self._numbers(table["category"])
        self._folds = table["fold"].to_numpy()

    def fitted_without(self, fold: int) -> CategoryClassifier:
        """A model of all sampled products that are not in ``fold``."""
        others = np.flatnonzero(self._folds != fold)
        model = CategoryClassifier(roots_of(self._categories, CATEGORY_SEPARATOR))
        return model.fit(self._sample[others], self._labels[others])

    def wrong_categories(self, model: CategoryClassifier, batch: pa.RecordBatch) -> pa.Table:
        """The products of the batch for which another category is ``min_ratio`` times as likely."""
        settings, present = self._settings, self._numbers(batch["category"])
        rows = self._weights.rows(self._hashes.matrix(batch["words"]))
        prediction = model.predict_other(rows, present, self._n_products >= settings.min_rows)
        log_ratio = prediction.log_best - prediction.log_present
        is_wrong = (
            (log_ratio >= math.log(settings.min_ratio))
            & (self._n_products[present] >= settings.min_own_rows)
            & (np.diff(rows.indptr) > 0)
        )
        at = np.flatnonzero(is_wrong)
        best, log_best = prediction.best[at], prediction.log_best[at]
        return pa.table(
            {
                "import_id": batch["import_id"].take(at),
                "line": batch["line"].take(at),
                "old": pa.array([self._categories[i] for i in present[at]], pa.string()),
                "new": pa.array([self._categories[i] for i in best], pa.string()),
                "probability": [round(math.exp(log), 3) for log in log_best],
                "times_as_likely": [
                    float(f"{math.exp(min(log, 700)):.2g}") for log in log_ratio[at]
                ],
            },
            schema=_WRONG,
        )

    def _numbers(self, column: pa.ChunkedArray | pa.Array) -> Ints:
        return np.array([self._number_of[c] for c in column.to_pylist()], np.int64)
