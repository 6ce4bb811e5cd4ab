"""Listings whose price is far from what such things cost.

A category alone is a poor judge: it holds cables and servers, or says nothing at all. So a price must lie
at the end of its category's prices, many times off their median, and also far from what the listing's
words say. A model learns from the whole catalogue what words cost, in folds, so that no listing is judged
by a model that learned from it. The threshold is the model's own error in that category. The model is only
fitted where a category has candidates. What a product was bought at is its price, however odd.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse

from baihuo.core import minor_unit_digits
from baihuo.engine import sql_file
from baihuo.quality.checks.categories.hashed_words import Weights, WordHashes, words_sql
from baihuo.quality.checks.neighbours import dragged, filled
from baihuo.quality.checks.prices.model import N_FOLDS, Floats, expected
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.checks.prices.variants import odd_variant_prices
from baihuo.quality.checks.schema.currencies import CODES
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_LISTING_PRICES = sql_file(__file__, "listing_prices")
_PRICES_BY_CATEGORY = sql_file(__file__, "prices_by_category")
_CATEGORY_OUTLIERS = sql_file(__file__, "category_outliers")
_SAMPLED_LISTINGS = sql_file(__file__, "sampled_listings")
_CONTRADICTED_LISTINGS = sql_file(__file__, "contradicted_listings")
_JUDGED_CONTRADICTED_LISTINGS = sql_file(__file__, "judged_contradicted_listings")
_NOTED_LISTINGS = sql_file(__file__, "noted_listings")

MIN_CONTRADICTING_EVENTS = 5
_MIN_CONTRADICTING_VISITORS = 3
_MIN_NOTED_RATIO = 2.5  # dearer or cheaper than all events: half price is a sale
_MAX_ODD_SHARE = 0.02  # of listings that are free, or in another currency: more is how a shop sells
_DECIMAL_PRICE = " ".join(
    [
        "price_minor / CASE",
        *(
            f"WHEN currency = '{c}' THEN {10**digits}"
            for c in sorted(CODES)
            if (digits := minor_unit_digits(c)) != 2
        ),
        "ELSE 100 END",
    ]
)
_TAIL_SHARE = 0.05  # of a category's prices at each end: only there is a price a candidate
_SMALL_TAIL, _SMALL_SHARE = (
    4,
    0.1,
)  # listings at each end of a small category, and of its prices at most
_SAMPLE_ROWS = 60_000  # to learn from, spread over the categories
_MIN_SPREAD = 0.02  # of the model's error in a category, on the log scale
_TEXTS = ("title_en", "title_zh", "description_en", "description_zh", "brand", "attributes")
_FAR = pa.schema([("import_id", pa.int32()), ("line", pa.int64()), ("log_ratio", pa.float64())])


def find(findings: FindingsStore, settings: PricesRules, context: CheckContext) -> CheckResult:
    """Listings that their category and their words contradict, or their own events."""
    candidates = findings.work / "price_candidates.parquet"
    prices_by_category = _PRICES_BY_CATEGORY(
        min_rows=settings.min_rows,
        rows=findings.rows("product_id", "currency", "price_minor", "category"),
    )
    findings.tables.sql(
        _CATEGORY_OUTLIERS(
            prices_by_category=prices_by_category,
            tail_share=_TAIL_SHARE,
            small_tail=_SMALL_TAIL,
            small_share=_SMALL_SHARE,
            min_ratio=settings.min_ratio,
        ),
        out=candidates,
        **findings.inputs(),
    )
    far = _FAR.empty_table()
    if n_rows(candidates) > 0:
        sample = _sample(findings, prices_by_category, candidates)
        far = _far_from_words(sample, settings)
    contradicted = findings.work / "contradicted_listings.parquet"
    findings.tables.sql(
        _CONTRADICTED_LISTINGS(
            rows=findings.rows("product_id", "currency", "price_minor", "category"),
            min_ratio=settings.min_ratio,
            min_events=MIN_CONTRADICTING_EVENTS,
            unit_slack=settings.unit_slack,
        ),
        out=contradicted,
        events=context.raw_events,
        **findings.inputs(),
    )
    inputs = {"events": context.raw_events, "candidates": candidates, "far": far}
    others = ""
    if n_rows(contradicted) > 0:
        inputs["contradicted"] = contradicted
        judged = _JUDGED_CONTRADICTED_LISTINGS(
            rows=findings.rows("currency", "price_minor", "category"),
            unit_slack=settings.unit_slack,
            min_visitors=_MIN_CONTRADICTING_VISITORS,
            min_siblings=settings.min_rows,
        )
        others = f" UNION ALL ({judged})"
    select = _LISTING_PRICES(unit_slack=settings.unit_slack, contradicted_listings=others)
    noted = _NOTED_LISTINGS(
        decimal_price=_DECIMAL_PRICE,
        rows=findings.rows("product_id", "currency", "price_minor", "category", "updated_at_us"),
        max_odd_share=_MAX_ODD_SHARE,
        min_rows=settings.min_rows,
        min_noted_ratio=_MIN_NOTED_RATIO,
        min_ratio=settings.min_ratio,
        unit_slack=settings.unit_slack,
        min_events=MIN_CONTRADICTING_EVENTS,
        min_visitors=_MIN_CONTRADICTING_VISITORS,
    )
    of_variants, variant_inputs = odd_variant_prices(findings, settings)
    return CheckResult(
        selects=[select, noted, *_of_lines(findings), *of_variants], inputs=inputs | variant_inputs
    )


def _of_lines(findings: FindingsStore) -> list[str]:
    """SQL of notes on prices that were dragged or filled down a sheet."""
    return [made(findings, "price_minor", "listing_price_outlier") for made in (dragged, filled)]


def _sample(findings: FindingsStore, prices_by_category: str, candidates: Path) -> pa.Table:
    """Candidates and listings to learn from, with their words, in an order that says nothing about them."""
    chosen, sample = (
        findings.work / f"{name}.parquet" for name in ("sampled_prices", "sampled_words")
    )
    findings.tables.sql(
        _SAMPLED_LISTINGS(prices_by_category=prices_by_category, sample_rows=_SAMPLE_ROWS),
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
