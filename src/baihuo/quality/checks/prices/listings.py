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

from baihuo.quality.checks.categories.hashed_words import Weights, WordHashes, words_sql
from baihuo.quality.checks.prices.model import N_FOLDS, Floats, expected
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult

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
    select = f"""
        WITH sold AS (
            SELECT product_id, currency, median(ln(price_minor)) AS sold_at, count(*) AS n_sold
            FROM events SEMI JOIN suspects USING (product_id)
            WHERE event_type = 'purchase' AND price_minor > 0 GROUP BY product_id, currency),
        judged AS (
            SELECT s.*, off, CASE
                WHEN n_sold >= 3 AND abs(ln(s.price_minor) - sold_at - sign(off) * {math.log(100)}) <= {slack}
                    THEN 'listing_price_in_wrong_unit'
                WHEN sold_at IS NULL OR abs(ln(s.price_minor) - sold_at) > {slack}
                    THEN 'listing_price_outlier' END AS rule
            FROM suspects AS s JOIN far USING (import_id, line)
            LEFT JOIN sold ON sold.product_id = s.product_id AND sold.currency IS NOT DISTINCT FROM s.currency),
        found AS ({as_found("judged", "listing_price_in_wrong_unit")})
        SELECT * FROM found UNION ALL ({_against_events(settings, ledger)})"""
    inputs = {"events": given.raw_events, "suspects": suspects, "far": far}
    return CheckResult(selects=[select], inputs=inputs)


def as_found(judged: str, unit: str) -> str:
    """SQL of findings: prices converted where the rule is ``unit``, else withheld."""
    return f"""
        SELECT import_id, line, rule, 'repair' AS action, 'price_minor' AS field, CAST(new AS VARCHAR) AS new,
               CAST(to_json(struct_pack(field := 'price_minor', old := CAST(price_minor AS VARCHAR),
                    new := CAST(new AS VARCHAR), times_usual := round(exp(off), 3))) AS VARCHAR) AS detail
        FROM (SELECT *, CASE WHEN rule = '{unit}' THEN {CONVERTED} END AS new FROM {judged})
        WHERE rule IS NOT NULL"""


def _shelved(settings: PricesRules, ledger: FindingsStore) -> str:
    """Rows with a price and the shelf that judges it: the category, else its first level; null where
    neither has enough prices. Products without a category are a shelf, too."""
    return f"""
        SELECT import_id, line, product_id, currency, price_minor, ln(price_minor) AS log_price,
               CASE WHEN count(*) OVER (PARTITION BY category, currency) >= {settings.min_rows} THEN category
                    WHEN count(*) OVER (PARTITION BY root, currency) >= {settings.min_rows} THEN root END AS shelf
        FROM (SELECT * REPLACE (coalesce(category, '') AS category),
                     split_part(coalesce(category, ''), ' > ', 1) AS root
              FROM {ledger.rows("product_id", "currency", "price_minor", "category")}
              WHERE price_minor > 0)"""


def _suspects(settings: PricesRules, ledger: FindingsStore) -> str:
    return f"""
        WITH shelved AS MATERIALIZED (SELECT * FROM ({_shelved(settings, ledger)}) WHERE shelf IS NOT NULL),
        shelves AS (
            SELECT shelf, currency, median(log_price) AS middle,
                   quantile_cont(log_price, {_TAIL}) AS low, quantile_cont(log_price, {1 - _TAIL}) AS high
            FROM shelved GROUP BY shelf, currency)
        SELECT import_id, line, product_id, s.currency, price_minor
        FROM shelved AS s JOIN shelves AS h ON h.shelf = s.shelf AND h.currency IS NOT DISTINCT FROM s.currency
        WHERE abs(log_price - middle) > {math.log(settings.min_ratio)} AND (log_price < low OR log_price > high)
        ORDER BY import_id, line"""


def _far(ledger: FindingsStore, settings: PricesRules, suspects: Path) -> pa.Table:
    """Those suspects that their words contradict as well."""
    texts = ("title_en", "title_zh", "description_en", "description_zh", "brand", "attributes")
    chosen, sample = (ledger.work / f"{n}.parquet" for n in ("priced_rows", "priced_words"))
    ledger.tables.sql(
        f"""
        SELECT * EXCLUDE (nth, n_shelves), (import_id, line) IN (SELECT (import_id, line) FROM suspects) AS is_suspect
        FROM (SELECT *, md5(product_id) AS mixed, row_number() OVER (
                     PARTITION BY shelf, currency ORDER BY md5(product_id), import_id, line) AS nth,
                     count(DISTINCT shelf) OVER () AS n_shelves
              FROM ({_shelved(settings, ledger)}) WHERE shelf IS NOT NULL)
        WHERE nth <= greatest(50, {_SAMPLE_ROWS} // n_shelves)
           OR (import_id, line) IN (SELECT (import_id, line) FROM suspects)""",
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
    return f"""
        SELECT import_id, line,
               CASE WHEN is_unit THEN 'listing_price_in_wrong_unit' ELSE 'listing_price_against_events' END AS rule,
               'repair' AS action, 'price_minor' AS field, CAST(new AS VARCHAR) AS new,
               CAST(to_json(struct_pack(field := 'price_minor', old := CAST(price_minor AS VARCHAR),
                    new := CAST(new AS VARCHAR), n_events := n_events, n_far := n_far,
                    events_say := CAST(round(exp(said)) AS BIGINT))) AS VARCHAR) AS detail
        FROM (SELECT *, CASE WHEN is_unit THEN {CONVERTED} END AS new
              FROM (SELECT *, abs(abs(off) - {math.log(100)}) <= {slack} AS is_unit
                    FROM (SELECT *, ln(price_minor) - said AS off FROM (
            SELECT import_id, line, any_value(p.price_minor) AS price_minor, count(*) AS n_events,
                   count(*) FILTER (is_far) AS n_far, median(ln(e.price_minor)) FILTER (is_far) AS said
            FROM (SELECT * FROM {ledger.rows("product_id", "currency", "price_minor")} WHERE price_minor > 0) AS p
            JOIN (SELECT product_id, currency, price_minor FROM events WHERE price_minor > 0) AS e
              ON e.product_id = p.product_id AND e.currency IS NOT DISTINCT FROM p.currency,
            LATERAL (SELECT abs(ln(e.price_minor) - ln(p.price_minor)) > {math.log(settings.min_ratio)} AS is_far)
            GROUP BY import_id, line)))) AS far
        WHERE n_far >= {_MIN_FAR} AND 2 * n_far > n_events
          AND NOT EXISTS (SELECT 1 FROM found AS f WHERE f.import_id = far.import_id AND f.line = far.line)"""
