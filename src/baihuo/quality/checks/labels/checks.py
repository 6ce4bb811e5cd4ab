"""Outcomes that a model would learn wrongly.

A label is the outcome of an impression. It is wrong where two outcomes contradict each other, where the
position is not the one that the product had, or where the outcome does not name its page.

Where the impressions of a page and a click disagree, the impressions are right.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.core import ATTRIBUTION_MINUTES
from baihuo.engine import Source, sql_file
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.limits import Limits
from baihuo.quality.spec import CheckContext, CheckResult, Step

_COLUMNS = tuple(
    "event_type visitor_id session_id query_id product_id order_id surface platform position "
    "occurred_at_us received_at_us rating quantity dwell_ms country language device query_text".split()
)
_PAGES = sql_file(__file__, "pages")
_LOST_QUERIES = sql_file(__file__, "lost_queries")
_PURCHASES_AND_REVIEWS = sql_file(__file__, "purchases_and_reviews")
_CONTRADICTORY_RATING = sql_file(__file__, "contradictory_rating")
_UNDONE_PURCHASE = sql_file(__file__, "undone_purchase")
_PURCHASE_TAKEN_BACK = sql_file(__file__, "purchase_taken_back")
_ROW_AGAINST_ORDER = sql_file(__file__, "row_against_order").bind(max_share=0.1)
_REPEATED_POSITIONS = sql_file(__file__, "repeated_positions")
_OUTCOMES = sql_file(__file__, "outcomes")
_WRONG_POSITION = (
    "SELECT *, struct_pack(told := position, shown := shown_at) AS detail FROM outcomes "
    "WHERE position <> shown_at"
)
_CONTRADICTORY_CLICK = sql_file(__file__, "contradictory_click")
_FAST_CLICKS = sql_file(__file__, "fast_clicks").bind(hand_us=200_000, max_share=0.05)
_NOT_ON_PAGE = sql_file(__file__, "not_on_page").bind(max_share=0.02)
_IMPOSSIBLE_STAYS = sql_file(__file__, "impossible_stays").bind(max_share=0.05, min_rows=30)


def find_repairs(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> CheckResult:
    """Ratings and purchases that a later event contradicts, and lost query ids."""
    values = _values(findings, settings, context)
    files: dict[str, Source] = {}
    _write(findings, files, "purchases_and_reviews", _PURCHASES_AND_REVIEWS(**values))
    _write(findings, files, "pages", _PAGES(**values))
    _write(findings, files, "lost_queries", _LOST_QUERIES(**values), of="pages")
    selects = {
        "lost_queries": [
            finding_sql(
                "SELECT * FROM lost_queries",
                "recovered_query",
                {"by": "'session'"},
                action="repair",
                field="'query_id'",
                new="query_id",
            )
        ],
        "purchases_and_reviews": [
            finding_sql(_CONTRADICTORY_RATING(**values), "contradictory_rating", action="merge"),
            finding_sql(_UNDONE_PURCHASE(**values), "undone_purchase", action="quarantine"),
            finding_sql(_PURCHASE_TAKEN_BACK(**values), "purchase_taken_back"),
        ],
    }
    return _result(files, selects)


def find_notes(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> CheckResult:
    """Rows against their page, their order or their impression."""
    values = _values(findings, settings, context)
    files: dict[str, Source] = {
        name: _path(findings, name) for name in ("pages", "purchases_and_reviews")
    }
    _write(findings, files, "outcomes", _OUTCOMES(**values), of="pages")
    _write(findings, files, "repeated", _REPEATED_POSITIONS(**values), of="pages")
    shared = "SELECT *, other_product AS detail FROM repeated WHERE is_shared"
    twice = "SELECT *, other_position AS detail FROM repeated WHERE is_twice"
    selects = {
        "repeated": [finding_sql(shared, "shared_position"), finding_sql(twice, "product_twice")],
        "outcomes": [
            finding_sql(_WRONG_POSITION, "wrong_position"),
            finding_sql(_CONTRADICTORY_CLICK(), "contradictory_click"),
            finding_sql(_FAST_CLICKS(), "contradictory_click"),
            finding_sql(_IMPOSSIBLE_STAYS(**values), "row_against_page", field="field"),
            finding_sql(_NOT_ON_PAGE(**values), "row_against_page", field="'product_id'"),
        ],
    }
    if not context.history:  # an order may stand in an earlier range of days
        selects["purchases_and_reviews"] = [
            finding_sql(_ROW_AGAINST_ORDER(**values), "row_against_order", field="'order_id'")
        ]
    return _result(files, selects)


def _result(files: dict[str, Source], selects: dict[str, list[str]]) -> CheckResult:
    """The statements by the file that they read; those of no rows are left out."""
    some = [sql for name, of_file in selects.items() if n_rows(files[name]) for sql in of_file]
    return CheckResult(selects=some, inputs=files)


def _values(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> dict[str, str | int | float]:
    return {
        "rows": findings.rows(*_COLUMNS),
        "window_us": int(settings.attribution_minutes * 60e6),
        "slack_us": context.tolerance_ms * 1000,
        "review_us": int(settings.review_days * 86_400e6),
        "rating_gap": settings.rating_gap,
        "layout_share": settings.layout_share,
        "min_pages": settings.min_pages,
    }


def _path(findings: FindingsStore, name: str) -> Path:
    return findings.work / f"labels_{name}.parquet"


def _write(
    findings: FindingsStore, files: dict[str, Source], name: str, select: str, of: str | None = None
) -> None:
    """Put a statement's rows in a file: few rows are known to be few, and the log is read once for them.

    Where the file that they are made ``of`` has none, nothing is read.
    """
    if of is not None and n_rows(files[of]) == 0:
        select = f"SELECT * FROM ({select}) LIMIT 0"
    out = _path(findings, name)
    findings.tables.sql(select, out=out, **files, **findings.inputs())
    files[name] = out


class LabelsRules(Limits):
    """Outcomes that a model would learn wrongly."""

    # as train.attribution_minutes in shop.yaml
    attribution_minutes: PositiveFloat = ATTRIBUTION_MINUTES
    rating_gap: PositiveFloat = 2  # stars between two reviews of one purchase that contradict
    # without an order id: so close together they are of one purchase
    review_days: PositiveFloat = 30
    # of a surface's pages with shared positions: its layout
    layout_share: float = Field(default=0.1, gt=0, le=1)
    min_pages: PositiveInt = 20  # pages before that share counts


CHECKS = read_checks(__file__, "labels")

STEP = Step(
    name="labels", settings=LabelsRules, checks=CHECKS, detectors=(find_repairs, find_notes)
)
