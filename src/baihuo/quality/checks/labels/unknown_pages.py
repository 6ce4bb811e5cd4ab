"""Outcomes of pages that the log does not have, where it has nearly all others."""

from __future__ import annotations

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.labels.parameters import work_file
from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_DAY_US = 86_400_000_000
_UNKNOWN_OUTCOMES = sql_file(__file__, "unknown_outcomes")
_UNKNOWN_PAGES = sql_file(__file__, "unknown_pages").bind(
    day_us=_DAY_US, max_share=0.05, hole_share=0.2
)
_EARLIER = """
            UNION ALL
            SELECT query_id FROM history WHERE query_id IN (SELECT query_id FROM unknown_outcomes)
            AND event_type IN ('impression', 'ad_impression', 'search')"""


def find_unknown_pages(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> CheckResult:
    """Outcomes whose query no impression and no search names, not even one that was taken out."""
    page_outcomes = work_file(findings, "page_outcomes")
    page_profiles = work_file(findings, "page_profiles")
    if context.begins_day is None or n_rows(page_outcomes) == 0 or n_rows(page_profiles) == 0:
        return CheckResult()
    unknown = work_file(findings, "unknown_outcomes")
    findings.tables.sql(
        _UNKNOWN_OUTCOMES(), out=unknown, page_outcomes=page_outcomes, page_profiles=page_profiles
    )
    if n_rows(unknown) == 0:
        return CheckResult()
    inputs: dict[str, Source] = {"page_outcomes": page_outcomes, "unknown_outcomes": unknown}
    if context.history:
        inputs["history"] = list(context.history)
    select = _UNKNOWN_PAGES(
        min_rows=settings.min_pages,
        begins_us=context.begins_day * _DAY_US,
        earlier=_EARLIER if context.history else "",
    )
    return CheckResult(selects=[select], inputs=inputs)
