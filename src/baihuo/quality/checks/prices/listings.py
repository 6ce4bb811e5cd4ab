"""Listings whose price is far from what such things cost.

A shelf alone is a poor judge: it holds cables and servers, or is no shelf at all. So a price must lie
at the end of its shelf, many times off its middle, and also far from what the listing's words say:
a model learns from the whole catalogue what these cost, in folds, so that no listing is judged by a
model that learned from it. How far is far is told by how wrong that model is on the shelf. It is only
asked where a shelf has suspects. What a product was bought at is its price, however odd.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.categories.hashed_words import Weights, WordHashes, words_sql
from baihuo.quality.checks.prices.model import N_FOLDS, Floats, expected
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult

_FIND = sql_file(__file__, "listing_prices")
_AS_FOUND = sql_file(__file__, "price_repairs")
_SHELVED = sql_file(__file__, "prices_by_category")
_SUSPECTS = sql_file(__file__, "category_outliers")
_AGAINST_EVENTS = sql_file(__file__, "contradicted_listings")
_FAR_SQL = sql_file(__file__, "sampled_listings")

_MIN_FAR = 5  # events that contradict a listing
_TAIL = 0.05  # of a shelf at each end: only there is a price suspect
_SAMPLE_ROWS = 60_000  # to learn from, spread over the shelves
_FAR = pa.schema([("import_id", pa.int32()), ("line", pa.int64()), ("off", pa.float64())])
CONVERTED = (
    "CASE WHEN off > 0 THEN CAST(round(price_minor / 100.0) AS BIGINT) ELSE price_minor * 100 END"
)


def find(ledger: FindingsStore, settings: PricesRules, given: CheckContext) -> CheckResult:
    """Listings that their shelf and their words contradict, or their own events."""
    suspects = ledger.work / "price_suspects.parquet"
    ledger.tables.sql(_suspects(settings, ledger), out=suspects, **ledger.inputs())
    is_any = pq.ParquetFile(suspects).metadata.num_rows > 0
    far = _far(ledger, settings, suspects) if is_any else _FAR.empty_table()
    slack = math.log(settings.unit_slack)
    select = _FIND(
        log=math.log(100),
        slack=slack,
        as_found=as_found("judged", "listing_price_in_wrong_unit"),
        against_events=_against_events(settings, ledger),
    )
    inputs = {"events": given.raw_events, "suspects": suspects, "far": far}
    return CheckResult(selects=[select], inputs=inputs)


def as_found(judged: str, unit: str) -> str:
    """SQL of findings: prices converted where the rule is ``unit``, else withheld."""
    return _AS_FOUND(unit=unit, converted=CONVERTED, judged=judged)


def _shelved(settings: PricesRules, ledger: FindingsStore) -> str:
    """Rows with a price and the shelf that judges it: the category, else its first level; null where
    neither has enough prices. Products without a category are a shelf, too."""
    return _SHELVED(
        min_rows=settings.min_rows,
        rows=ledger.rows("product_id", "currency", "price_minor", "category"),
    )


def _suspects(settings: PricesRules, ledger: FindingsStore) -> str:
    return _SUSPECTS(
        shelved=_shelved(settings, ledger),
        tail=_TAIL,
        value=1 - _TAIL,
        log=math.log(settings.min_ratio),
    )


def _far(ledger: FindingsStore, settings: PricesRules, suspects: Path) -> pa.Table:
    """Those suspects that their words contradict as well."""
    texts = ("title_en", "title_zh", "description_en", "description_zh", "brand", "attributes")
    chosen, sample = (ledger.work / f"{n}.parquet" for n in ("priced_rows", "priced_words"))
    ledger.tables.sql(
        _FAR_SQL(shelved=_shelved(settings, ledger), sample_rows=_SAMPLE_ROWS),
        out=chosen,
        suspects=suspects,
        **ledger.inputs(),
    )
    written = f"SELECT * FROM chosen JOIN {ledger.rows(*texts)} AS texts USING (import_id, line)"
    ledger.tables.sql(
        f"SELECT import_id, line, currency, shelf, log_price, is_suspect, words FROM ({words_sql(written)}) "
        "ORDER BY mixed, import_id, line",
        out=sample,
        chosen=chosen,
        **ledger.inputs(),
    )
    table = pq.read_table(sample)
    shelf, currency = _numbers(table["shelf"]), _numbers(table["currency"])
    log_price = table["log_price"].to_numpy()
    log_price = log_price - _medians(log_price, currency)[currency]
    matrix = WordHashes().matrix(table["words"].combine_chunks())
    n = np.arange(len(shelf))
    stands = sparse.csr_matrix((np.ones(len(n)), (n, shelf)))
    rows = sparse.csr_matrix(sparse.hstack([Weights(matrix).rows(matrix), stands]))
    off = log_price - expected(rows, log_price, n % N_FOLDS)
    spread = 1.4826 * _medians(np.abs(off), shelf)[shelf]
    is_far = (
        table["is_suspect"].to_numpy()
        & (np.abs(off) > math.log(settings.min_ratio))
        & (np.abs(off) > settings.max_deviations * np.maximum(spread, 0.02))
    )
    at = np.flatnonzero(is_far)
    columns = [table["import_id"].take(at), table["line"].take(at), pa.array(off[at])]
    return pa.table(dict(zip(_FAR.names, columns, strict=True)), schema=_FAR)


def _numbers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Each distinct value as a number from 0."""
    values = [v or "" for v in column.to_pylist()]
    order = {v: i for i, v in enumerate(sorted(set(values)))}
    return np.array([order[v] for v in values], np.int64)


def _medians(values: Floats, groups: NDArray[np.int64]) -> Floats:
    """``[groups]``: the middle value of each."""
    order = np.argsort(groups, kind="stable")
    ends = np.cumsum(np.bincount(groups))
    return np.array([np.median(part) for part in np.split(values[order], ends[:-1])])


def _against_events(settings: PricesRules, ledger: FindingsStore) -> str:
    """Listings that their own events contradict. The listing is one row and they are many, so it is the
    listing that is wrong; left alone, it would condemn the events in their turn. Where they all say a
    hundredth, or a hundred times, it is in the wrong unit, and converted."""
    slack = math.log(settings.unit_slack)
    return _AGAINST_EVENTS(
        converted=CONVERTED,
        log=math.log(100),
        slack=slack,
        rows=ledger.rows("product_id", "currency", "price_minor"),
        log_2=math.log(settings.min_ratio),
        min_far=_MIN_FAR,
    )
