"""UCI Online Retail II: one invoice line a row, both what was bought and what there is to buy."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from baihuo.connect.csv_rows import csv_blocks, read_header
from baihuo.connect.row_validation import RowError, fault_sql, sift
from baihuo.connect.rows import Block, Kind, OpenedFile, Rejected, ValidatedRows, broken, numbered
from baihuo.connect.text_files import TextFile

COLUMNS = frozenset(
    [
        "Invoice",
        "StockCode",
        "Description",
        "Quantity",
        "InvoiceDate",
        "Price",
        "Customer ID",
        "Country",
    ]
)

NOT_PRODUCTS = {
    "POST": "postage",
    "DOT": "postage",
    "C2": "carriage",
    "C3": "carriage",
    "M": "a manual correction",
    "D": "a discount",
    "S": "samples",
    "B": "a bad debt",
    "ADJUST": "an adjustment",
    "ADJUST2": "an adjustment",
    "BANK CHARGES": "a bank's fee",
    "AMAZONFEE": "a marketplace's fee",
    "CRUK": "a charity's commission",
    "GIFT": "a gift voucher",
}
_CODE = "upper(trim(StockCode))"
_IS_PRODUCT = (
    f"{_CODE} NOT IN ({', '.join(repr(c) for c in NOT_PRODUCTS)})"
    f" AND NOT starts_with({_CODE}, 'GIFT_') AND NOT starts_with({_CODE}, 'TEST')"
)
# The shop's clock is on the wall in London; its pounds have at most three decimals in the file. A tenth
# of a penny is no whole one, and was not given away: such a line has no price.
_OCCURRED = "epoch_us(timezone('Europe/London', TRY_CAST(InvoiceDate AS TIMESTAMP)))"
_PRICE = "CAST(round(TRY_CAST(Price AS DECIMAL(18, 6)) * 100) AS BIGINT)"

_FAULTS = (
    RowError(
        "product_id", "StockCode", "no_product_id", "give the row a stock code", "product_id = ''"
    ),
    RowError(
        "product_id",
        "StockCode",
        "not_a_product",
        "nothing to mend: postage, fees, discounts, vouchers, samples and tests are not products",
        "NOT is_product",
    ),
    RowError(
        "visitor_id",
        "Customer ID",
        "no_visitor",
        "find the customer of the invoice; without one the line teaches nobody's taste",
        "visitor_id IS NULL",
    ),
    RowError(
        "occurred_at_us",
        "InvoiceDate",
        "bad_time",
        "write it as 2009-12-01 07:45:00",
        "occurred_at_us IS NULL",
    ),
    RowError("quantity", "Quantity", "bad_number", "write a whole number", "units IS NULL"),
    RowError(
        "quantity",
        "Quantity",
        "negative_quantity",
        "a return is a line of a C invoice; a stock correction does not belong in sales",
        "units < 0 AND event_type = 'purchase'",
    ),
    RowError(
        "quantity", "Quantity", "zero_quantity", "drop the line: nothing was sold", "units = 0"
    ),
    RowError(
        "price_minor", "Price", "bad_number", "write pounds, as in 6.95", "price_minor IS NULL"
    ),
    RowError("order_id", "Invoice", "no_order_id", "give the row its invoice", "order_id = ''"),
)

_EVENTS = """
SELECT event_id, event_type, visitor_id, occurred_at_us, occurred_at_us AS received_at_us,
    product_id, order_id, CASE WHEN is_paid AND price_minor = 0 THEN NULL ELSE price_minor END AS price_minor,
    'GBP' AS currency, abs(units) AS quantity, country, line,
    {fault} AS fault
FROM (
    SELECT __line__ AS line, '{prefix}-' || __line__ AS event_id,
        CASE WHEN starts_with(upper(trim(Invoice)), 'C') THEN 'cancel' ELSE 'purchase' END AS event_type,
        nullif(regexp_replace(trim("Customer ID"), '\\.0$', ''), '') AS visitor_id,
        {occurred} AS occurred_at_us, {code} AS product_id, {is_product} AS is_product,
        trim(Invoice) AS order_id, {price} AS price_minor, TRY_CAST(Price AS DECIMAL(18, 6)) > 0 AS is_paid,
        CASE WHEN regexp_full_match(trim(Quantity), '-?[0-9]{{1,15}}(\\.0)?')
            THEN CAST(CAST(Quantity AS DOUBLE) AS BIGINT) END AS units,
        nullif(trim(Country), '') AS country
    FROM rows
)
"""

# A code is written with several descriptions, among them a storekeeper's notes ("damaged", "?");
# those stand on lines without a price, so lines with a price decide first.
_PRODUCTS = """
WITH said AS (
    SELECT {code} AS product_id, __line__ AS line, {is_product} AS is_product,
        nullif(regexp_replace(trim(Description), '\\s+', ' ', 'g'), '') AS title,
        nullif(greatest({price}, 0), 0) AS price_minor, {occurred} AS at_us
    FROM rows
),
titles AS (
    SELECT product_id, title, count(price_minor) AS n_priced, count(*) AS n
    FROM said WHERE title IS NOT NULL GROUP BY ALL
),
best AS (
    SELECT product_id, title FROM titles
    QUALIFY row_number() OVER (
        PARTITION BY product_id ORDER BY n_priced DESC, n DESC, length(title) DESC, title
    ) = 1
),
counted AS (
    SELECT product_id, min(line) AS line, bool_or(is_product) AS is_product,
        CAST(round(median(price_minor)) AS BIGINT) AS price_minor,
        min(at_us) AS released_at_us, max(at_us) AS updated_at_us
    FROM said GROUP BY product_id
)
SELECT product_id, title AS title_en, product_id AS model, price_minor, 'GBP' AS currency,
    released_at_us, updated_at_us, line,
    CASE WHEN product_id = '' THEN 'no_product_id' WHEN NOT is_product THEN 'not_a_product'
        WHEN title IS NULL THEN 'no_title' END AS reason
FROM counted LEFT JOIN best USING (product_id)
ORDER BY line
"""


class OnlineRetail:
    """``Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country``.

    Events: a line of a C invoice is a ``cancel``, any other a ``purchase``, of a positive quantity,
    with the invoice as its order. Products: one a stock code, with its most frequent description
    as title, its median price, and the first line that named it. Exact duplicates stay.
    """

    name = "online_retail"

    def columns(self, file: OpenedFile) -> tuple[str, ...]:
        return ()

    def kinds(self, file: OpenedFile) -> tuple[Kind, ...]:
        text = TextFile(file.path, file.options.encoding)
        header, _ = read_header(next(text.blocks()), text)
        if missing := sorted(COLUMNS - set(header.names)):
            raise broken(
                file.path,
                f"an online_retail file needs the columns {', '.join(missing)}",
                fix="save the UCI sheet as CSV with its own header, or import it with --format csv",
            )
        return (file.options.kind,) if file.options.kind else ("products", "events")

    def notes(self, file: OpenedFile, kind: Kind) -> list[str]:
        return []

    def read(self, file: OpenedFile, kind: Kind) -> Iterator[ValidatedRows]:
        blocks = csv_blocks(TextFile(file.path, file.options.encoding))
        return self._events(file, blocks) if kind == "events" else self._products(file, blocks)

    def _events(self, file: OpenedFile, blocks: Iterator[Block]) -> Iterator[ValidatedRows]:
        sql = _EVENTS.format(
            prefix=file.sha256[:16],
            occurred=_OCCURRED,
            code=_CODE,
            is_product=_IS_PRODUCT,
            price=_PRICE,
            fault=fault_sql(_FAULTS),
        )
        for block in blocks:
            yield sift(block, file.tables.sql(sql, rows=numbered(block)), _FAULTS)

    def _products(self, file: OpenedFile, blocks: Iterator[Block]) -> Iterator[ValidatedRows]:
        parts, rejected = [], []
        for block in blocks:
            used = ["__line__", "StockCode", "Description", "Price", "InvoiceDate"]
            parts.append(numbered(block).select(used))
            rejected += block.rejected
        sql = _PRODUCTS.format(code=_CODE, is_product=_IS_PRODUCT, price=_PRICE, occurred=_OCCURRED)
        found = file.tables.sql(sql, rows=pa.concat_tables(parts))
        rejected += [_no_product(r) for r in found.to_pylist() if r["reason"]]
        is_kept = pa.array([r is None for r in found["reason"].to_pylist()], pa.bool_())
        kept = found.filter(is_kept).drop_columns(["reason"])
        yield ValidatedRows(kept, rejected, file.path.stat().st_size)


def _no_product(row: dict[str, object]) -> Rejected:
    code = str(row["product_id"])
    kind_of_line = NOT_PRODUCTS.get(
        code, "a gift voucher" if code.startswith("GIFT") else "a test of the till"
    )
    fixes = {
        "no_product_id": "give the rows a stock code",
        "not_a_product": f"nothing to mend: {code} is {kind_of_line}",
        "no_title": "give one of its rows a description",
    }
    reason = str(row["reason"])
    return Rejected(
        line=int(str(row["line"])),
        field="title" if reason == "no_title" else "product_id",
        value=code,
        reason=reason,
        fix=fixes[reason],
        raw=f"{code},{row['title_en'] or ''}",
    )
