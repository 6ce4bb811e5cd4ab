"""Listings whose price is far from what such things cost, or from what their own events say.

A category alone is a poor judge: it holds cables and servers, or says nothing at all. So a price must lie many times off
its category's median, and also far from what the listing's words say. A model learns from the whole catalogue what words
cost, in folds, so that no listing is judged by a model that learned from it. The threshold is the model's own error in
that category. The model is only fitted where a category has candidates. What an event says is its price, however odd.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.categories.hashed_words import Weights, WordHashes, words_sql
from baihuo.quality.checks.prices.model import N_FOLDS, Floats, expected
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_PRICES_BY_CATEGORY = sql_file(__file__, "prices_by_category")
_CATEGORY_OUTLIERS = sql_file(__file__, "category_outliers")
_SAMPLED_LISTINGS = sql_file(__file__, "sampled_listings").bind(sample_rows=60_000)
_LISTINGS_AGAINST_EVENTS = sql_file(__file__, "listings_against_events").bind(
    min_events=5, min_visitors=3
)
_LISTING_PRICE_OUTLIER = sql_file(__file__, "listing_price_outlier")
_COLUMNS = ("product_id", "currency", "price_minor", "category")
_MIN_SPREAD = 0.02  # of the model's error in a category, on the log scale
_TEXTS = ("title_en", "title_zh", "description_en", "description_zh", "brand", "attributes")
_FAR = pa.schema([("import_id", pa.int32()), ("line", pa.int64()), ("log_ratio", pa.float64())])


def find(findings: FindingsStore, settings: PricesRules, context: CheckContext) -> CheckResult:
    """Listings that their own events contradict, or their category and their words."""
    values = settings.sql() | {"rows": findings.rows(*_COLUMNS)}
    candidates, contradicted = (
        findings.work / f"{name}.parquet" for name in ("price_candidates", "contradicted_listings")
    )
    findings.tables.sql(
        _LISTINGS_AGAINST_EVENTS(**values),
        out=contradicted,
        events=context.raw_events,
        **findings.inputs(),
    )
    by_category = _PRICES_BY_CATEGORY(**values)
    findings.tables.sql(
        _CATEGORY_OUTLIERS(**values, prices_by_category=by_category),
        out=candidates,
        **findings.inputs(),
    )
    rules = ("listing_price_in_wrong_unit", "listing_price_against_events")
    selects = judged("contradicted", rules) if n_rows(contradicted) else []
    inputs: dict[str, Source] = {"events": context.raw_events, "contradicted": contradicted}
    if n_rows(candidates):
        sample = _sample(findings, by_category, candidates)
        inputs |= {"candidates": candidates, "far": _far_from_words(sample, settings)}
        outliers = _LISTING_PRICE_OUTLIER(**values)
        selects += judged(f"({outliers})", ("listing_price_outlier",))
    return CheckResult(selects=selects, inputs=inputs)


def judged(name: str, rules: Sequence[str]) -> list[str]:
    """SQL of findings on rows that say their rule: what is sure is converted or withheld, the rest is noted."""
    of = f"SELECT * FROM {name} WHERE rule = '{{}}' AND {{}} is_sure"
    repairs = [
        finding_sql(of.format(rule, ""), rule, action="repair", field="'price_minor'", new="new")
        for rule in rules
    ]
    return [*repairs, *(finding_sql(of.format(rule, "NOT"), rule) for rule in rules)]


def _sample(findings: FindingsStore, prices_by_category: str, candidates: Path) -> pa.Table:
    """Candidates and listings to learn from, with their words, in an order that says nothing about them."""
    chosen, sample = (
        findings.work / f"{name}.parquet" for name in ("sampled_prices", "sampled_words")
    )
    findings.tables.sql(
        _SAMPLED_LISTINGS(prices_by_category=prices_by_category),
        out=chosen,
        candidates=candidates,
        **findings.inputs(),
    )
    texts = f"SELECT * FROM chosen JOIN {findings.rows(*_TEXTS)} AS texts USING (import_id, line)"
    findings.tables.sql(
        "SELECT import_id, line, currency, price_group, log_price, is_candidate, words "
        f"FROM ({words_sql(texts)}) ORDER BY shuffle_key, import_id, line",
        out=sample,
        chosen=chosen,
        **findings.inputs(),
    )
    return pq.read_table(sample)


def _far_from_words(sample: pa.Table, settings: PricesRules) -> pa.Table:
    """Those candidates that their words contradict as well, with the log of price / expected price."""
    from scipy import sparse

    group, currency = _numbered(sample["price_group"]), _numbered(sample["currency"])
    log_price = sample["log_price"].to_numpy()
    log_price = log_price - _medians(log_price, currency)[currency]
    matrix = WordHashes().matrix(sample["words"].combine_chunks())
    n = np.arange(len(group))
    group_columns = sparse.csr_matrix((np.ones(len(n)), (n, group)))
    rows = sparse.csr_matrix(sparse.hstack([Weights(matrix).rows(matrix), group_columns]))
    log_ratio = log_price - expected(rows, log_price, n % N_FOLDS)
    spread = 1.4826 * _medians(np.abs(log_ratio), group)[group]
    is_far = (
        sample["is_candidate"].to_numpy()
        & (np.abs(log_ratio) > math.log(settings.min_ratio))
        & (np.abs(log_ratio) > settings.max_deviations * np.maximum(spread, _MIN_SPREAD))
    )
    far = np.flatnonzero(is_far)
    columns = [sample["import_id"].take(far), sample["line"].take(far), pa.array(log_ratio[far])]
    return pa.table(dict(zip(_FAR.names, columns, strict=True)), schema=_FAR)


def _numbered(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """``[rows]``: each distinct value as a number from 0."""
    values = [v or "" for v in column.to_pylist()]
    order = {v: i for i, v in enumerate(sorted(set(values)))}
    return np.array([order[v] for v in values], np.int64)


def _medians(values: Floats, groups: NDArray[np.int64]) -> Floats:
    """``[groups]``: the median of each."""
    order = np.argsort(groups, kind="stable")
    ends = np.cumsum(np.bincount(groups))
    return np.array([np.median(part) for part in np.split(values[order], ends[:-1])])
