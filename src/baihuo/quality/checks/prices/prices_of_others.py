"""Prices that are not their listing's and nobody else's: the next product's on the page, or one currency's in the place of another."""

from __future__ import annotations

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.findings import FindingsStore, n_rows

MIN_SHIFTED = 6  # priced events of a platform on a day
_STRANGE_PRICES = sql_file(__file__, "strange_prices").bind(max_share=0.05, min_rows=MIN_SHIFTED)
_PRICES_OF_OTHERS = sql_file(__file__, "prices_of_others").bind(min_rows=8, min_ratio=3)


def prices_of_others(
    findings: FindingsStore, settings: PricesRules, inputs: dict[str, Source], rows: str
) -> list[str]:
    """The statement of these findings; the log is read for pages of such events alone, and ``inputs`` gets what it reads."""
    strange, pages = (findings.work / f"{name}.parquet" for name in ("strange_prices", "pages"))
    findings.tables.sql(
        _STRANGE_PRICES(rows=rows, min_ratio=settings.min_ratio), out=strange, **inputs
    )
    if n_rows(strange) == 0:
        return []
    columns = ("event_type", "query_id", "position", "product_id")
    findings.tables.sql(
        f"SELECT query_id, position, product_id FROM {findings.rows(*columns)} "
        "SEMI JOIN strange_prices USING (query_id) WHERE event_type = 'impression'",
        out=pages,
        strange_prices=strange,
        **findings.inputs(),
    )
    inputs |= {"strange_prices": strange, "pages": pages}
    return [_PRICES_OF_OTHERS()]
