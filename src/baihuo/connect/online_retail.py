"""UCI Online Retail II: one row for each invoice line; gives both the purchases and the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from baihuo.connect.csv_rows import csv_blocks, read_header
from baihuo.connect.row_validation import (
    RowError,
    error_number_sql,
    split_by_error,
    withheld_bits_sql,
)
from baihuo.connect.rows import (
    Block,
    Kind,
    OpenedFile,
    Rejected,
    ValidatedRows,
    broken,
    with_line_numbers,
)
from baihuo.connect.text_files import TextFile
from baihuo.engine import sql_file

COLUMNS = frozenset(
    "Invoice|StockCode|Description|Quantity|InvoiceDate|Price|Customer ID|Country".split("|")
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
_PRODUCT_CODE = "upper(trim(StockCode))"
_IS_PRODUCT = (
    f"{_PRODUCT_CODE} NOT IN ({', '.join(repr(c) for c in NOT_PRODUCTS)})"
    f" AND NOT starts_with({_PRODUCT_CODE}, 'GIFT_') AND NOT starts_with({_PRODUCT_CODE}, 'TEST')"
)
# Times are local time in London; prices in pounds have at most three decimals. A price below half a
# penny rounds to 0 but the product was not free: such a line has no price.
_OCCURRED_AT_US = "epoch_us(timezone('Europe/London', TRY_CAST(InvoiceDate AS TIMESTAMP)))"
_PRICE_MINOR = "CAST(round(TRY_CAST(Price AS DECIMAL(18, 6)) * 100) AS BIGINT)"

_ROW_ERRORS = (
    RowError(
        "product_id", "StockCode", "no_product_id", "give the row a stock code", "product_id = ''"
    ),
    RowError(
        "product_id",
        "StockCode",
        "not_a_product",
        "nothing to fix: postage, fees, discounts, vouchers, samples and tests are not products",
        "NOT is_product",
    ),
    RowError(
        "visitor_id",
        "Customer ID",
        "no_visitor",
        "find the customer of the invoice; without one the line says nothing about anyone's preferences",
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
        "price_minor",
        "Price",
        "bad_number",
        "write pounds, as in 6.95",
        "price_minor IS NULL",
        withholds=("price_minor",),
    ),
    RowError("order_id", "Invoice", "no_order_id", "give the row its invoice", "order_id = ''"),
)

_EVENTS = sql_file(__file__, "online_retail_events")

_PRODUCTS = sql_file(__file__, "online_retail_products")


class OnlineRetail:
    """``Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country``.

    Events: a line of an invoice that starts with C is a ``cancel``, any other a ``purchase``, with a
    positive quantity and the invoice as order. Products: one for each stock code, with the most frequent
    description as title, the median price, and the first line of the code. Exact duplicates are kept.
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
        sql = _EVENTS(
            id_prefix=file.sha256[:16],
            occurred_at_us=_OCCURRED_AT_US,
            product_code=_PRODUCT_CODE,
            is_product=_IS_PRODUCT,
            price_minor=_PRICE_MINOR,
            error=error_number_sql(_ROW_ERRORS),
            withheld=withheld_bits_sql(_ROW_ERRORS),
        )
        for block in blocks:
            yield split_by_error(
                block, file.tables.sql(sql, rows=with_line_numbers(block)), _ROW_ERRORS
            )

    def _products(self, file: OpenedFile, blocks: Iterator[Block]) -> Iterator[ValidatedRows]:
        parts, rejected = [], []
        for block in blocks:
            used = ["__line__", "StockCode", "Description", "Price", "InvoiceDate"]
            parts.append(with_line_numbers(block).select(used))
            rejected += block.rejected
        sql = _PRODUCTS(
            product_code=_PRODUCT_CODE,
            is_product=_IS_PRODUCT,
            price_minor=_PRICE_MINOR,
            occurred_at_us=_OCCURRED_AT_US,
        )
        products = file.tables.sql(sql, rows=pa.concat_tables(parts))
        rejected += [_no_product(r) for r in products.to_pylist() if r["reason"]]
        is_kept = pa.array([r is None for r in products["reason"].to_pylist()], pa.bool_())
        kept = products.filter(is_kept).drop_columns(["reason"])
        yield ValidatedRows(kept, rejected, file.path.stat().st_size)


def _no_product(row: dict[str, object]) -> Rejected:
    code = str(row["product_id"])
    kind_of_line = NOT_PRODUCTS.get(
        code, "a gift voucher" if code.startswith("GIFT") else "a test of the cash register"
    )
    fixes = {
        "no_product_id": "give the rows a stock code",
        "not_a_product": f"nothing to fix: {code} is {kind_of_line}",
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
