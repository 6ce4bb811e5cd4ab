"""Rows that their own page contradicts: another platform, surface or time, a page once more, a stay that cannot be."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo.engine import Source, sql_file, sql_text
from baihuo.quality.checks.labels.parameters import work_file
from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_OF_SEARCHES = ("event_type", "query_id", "occurred_at_us", "received_at_us")
_HOUR_US = 3_600_000_000
_OF_PAGE = (
    *("event_type", "query_id", "visitor_id", "session_id", "product_id", "surface", "platform"),
    *("device", "country", "language", "query_text", "position", "occurred_at_us"),
    *("received_at_us", "dwell_ms"),
)
_FIRST_DAY_US = 24 * _HOUR_US  # what leaves a cart then was often put there before the log begins
_FAR_POSITIONS = 10  # pages of lists and grids have neighbours that are nearer
_ODD_PAGES = sql_file(__file__, "odd_pages").bind(apart_us=_HOUR_US, far_positions=_FAR_POSITIONS)
_ROWS_AGAINST_PAGES = sql_file(__file__, "rows_against_pages").bind(
    apart_us=_HOUR_US, far_positions=_FAR_POSITIONS
)
_LATE_SEARCHES = sql_file(__file__, "late_searches").bind(late_us=60_000_000, apart_us=_HOUR_US)
_PAGE_REASONS = (
    *("platform", "labels", "text", "surface", "visitor", "time", "instant"),
    *("outcome", "labels of outcome", "text of outcome"),
)
_STRANGE_CLICKS = sql_file(__file__, "strange_clicks").bind(max_share=0.05, reaction_us=100_000)
_ODD_CLICKS = sql_file(__file__, "odd_clicks")
_ODD_ORDERS = sql_file(__file__, "odd_orders").bind(max_share=0.1)
_CUT_ORDERS = sql_file(__file__, "cut_orders").bind(min_signs=5)
_COUNTED_ORDERS = sql_file(__file__, "counted_orders").bind(
    apart_us=300_000_000,
    max_share=0.01,
    max_filled=0.1,
    pattern=sql_text(r"^(|.*?[\pL\pN])([0-9]{1,15})$"),
)
_EARLY_REVIEWS = sql_file(__file__, "early_reviews").bind(slack_us=_HOUR_US, max_share=0.1)
_PURCHASES_WITHOUT_ORDER = sql_file(__file__, "purchases_without_order").bind(
    max_share=0.05, min_rows=30
)
_REMOVED_UNADDED = sql_file(__file__, "removed_unadded")
_STOCK_IN_CART = sql_file(__file__, "stock_in_cart").bind(min_pieces=20, max_share=0.05, times=5)
_FAST_CLICKS = sql_file(__file__, "fast_clicks")
_ODD_PROPENSITIES = sql_file(__file__, "odd_propensities").bind(max_share=0.05)
_EARLY_OUTCOMES = sql_file(__file__, "early_outcomes").bind(early_us=600_000_000, max_share=0.05)
_ODD_STAYS = sql_file(__file__, "odd_stays").bind(max_share=0.05, max_longer=0.05)


def find_odd_pages(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> CheckResult:
    """Pages are read in full only where their profile shows that rows do not agree; what is turned off is not looked for."""
    profiles, outcomes = (work_file(findings, name) for name in ("page_profiles", "page_outcomes"))
    if n_rows(profiles) == 0:
        return CheckResult()
    inputs: dict[str, Source] = {"page_profiles": profiles, "page_outcomes": outcomes}
    selects, kinds_of_clicks, reasons = list[str](), list[str](), list[str]()
    if context.runs("row_against_page"):
        selects.append(_LATE_SEARCHES(rows=findings.rows(*_OF_SEARCHES)))
        if n_rows(outcomes):
            selects += [_ODD_STAYS(), _ODD_PROPENSITIES(), _EARLY_OUTCOMES()]
            inputs["outcome_impressions"] = work_file(findings, "outcome_impressions")
        kinds_of_clicks.append("not_shown")
        reasons += _PAGE_REASONS
    if context.runs("contradictory_click"):
        selects += [_FAST_CLICKS()] if n_rows(outcomes) else []
        kinds_of_clicks.append("at_once")
    if context.runs("wrong_position"):
        reasons.append("position")
    if n_rows(outcomes) and kinds_of_clicks:
        selects += _odd_clicks(findings, inputs, kinds_of_clicks)
    pages, rows = (work_file(findings, name) for name in ("odd_pages", "odd_rows"))
    if reasons:
        findings.tables.sql(_ODD_PAGES(reasons=_listed(reasons)), out=pages, **inputs)
    if reasons and n_rows(pages):
        findings.tables.sql(
            f"SELECT * FROM {findings.rows(*_OF_PAGE)} AS r SEMI JOIN odd_pages USING (query_id)",
            out=rows,
            odd_pages=pages,
            **findings.inputs(),
        )
        inputs |= {"odd_rows": rows, "odd_pages": pages}
        selects.append(_ROWS_AGAINST_PAGES())
    return CheckResult(selects=selects, inputs=inputs)


def _odd_clicks(
    findings: FindingsStore, inputs: dict[str, Source], kinds: Sequence[str]
) -> list[str]:
    """The statement of clicks against their page; an empty list where none is in question."""
    strange = work_file(findings, "strange_clicks")
    findings.tables.sql(
        _STRANGE_CLICKS(kinds=_listed(kinds)),
        out=strange,
        **inputs | {"outcome_impressions": work_file(findings, "outcome_impressions")},
    )
    if not n_rows(strange):
        return []
    inputs["strange_clicks"] = strange
    return [_ODD_CLICKS()]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def find_odd_orders(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> CheckResult:
    """Reviews and cancels against their orders, and what comes out of carts that it never was in."""
    bought = work_file(findings, "purchases_and_reviews")
    inputs: dict[str, Source] = {}
    selects = []
    if n_rows(bought):
        inputs["purchases_and_reviews"] = bought
        selects += [_PURCHASES_WITHOUT_ORDER(), _COUNTED_ORDERS()]
    if n_rows(bought) and not context.history:  # an order may stand in an earlier range of days
        selects += [_ODD_ORDERS(), _EARLY_REVIEWS(), _CUT_ORDERS()]
    if context.products is not None and "quantity" not in findings.empty:
        inputs["products"] = context.products
        of_carts = ("event_type", "visitor_id", "product_id", "quantity", "occurred_at_us")
        selects.append(_STOCK_IN_CART(rows=findings.rows(*of_carts)))
    columns = ("event_type", "visitor_id", "product_id", "occurred_at_us")
    rows = findings.rows(*columns)
    removed = findings.tables.sql(
        f"SELECT 1 AS one FROM {rows} WHERE event_type = 'remove_from_cart' LIMIT 1",
        out=None,
        **findings.inputs(),
    )
    if removed.num_rows and context.begins_day is not None and not context.history:
        begins_us = context.begins_day * 24 * _HOUR_US + _FIRST_DAY_US
        selects.append(_REMOVED_UNADDED(rows=rows, begins_us=begins_us))
    return CheckResult(selects=selects, inputs=inputs)
