"""Outcomes that a later event contradicts, and outcomes that lost the query id of their page."""

from __future__ import annotations

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.labels.page_positions import PAGE_PROFILES
from baihuo.quality.checks.labels.parameters import parameters, work_file
from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_PURCHASES_AND_REVIEWS = sql_file(__file__, "purchases_and_reviews")
_CONTRADICTORY_RATING = sql_file(__file__, "contradictory_rating")
_UNDONE_PURCHASE = sql_file(__file__, "undone_purchase")
_PURCHASE_TAKEN_BACK = sql_file(__file__, "purchase_taken_back")
_OUTCOMES_WITHOUT_QUERY = sql_file(__file__, "outcomes_without_query")
_RECOVERED_QUERY = sql_file(__file__, "recovered_query")


def find_contradictions(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> CheckResult:
    """Ratings and purchases that a later event contradicts; outcomes without a query id."""
    tables, values = findings.tables, parameters(findings, settings, context)
    purchases_and_reviews = work_file(findings, "purchases_and_reviews")
    page_profiles = work_file(findings, "page_profiles")
    without_query = work_file(findings, "without_query")
    tables.sql(_PURCHASES_AND_REVIEWS(**values), out=purchases_and_reviews, **findings.inputs())
    tables.sql(PAGE_PROFILES(**values), out=page_profiles, **findings.inputs())
    tables.sql(
        _OUTCOMES_WITHOUT_QUERY(**values),
        out=without_query,
        page_profiles=page_profiles,
        **findings.inputs(),
    )
    selects: list[str] = []
    inputs: dict[str, Source] = {}
    if n_rows(purchases_and_reviews):
        statements = (_CONTRADICTORY_RATING, _UNDONE_PURCHASE, _PURCHASE_TAKEN_BACK)
        selects += [sql(**values) for sql in statements]
        inputs["purchases_and_reviews"] = purchases_and_reviews
    if n_rows(without_query):
        selects.append(_RECOVERED_QUERY(**values))
        inputs["without_query"] = without_query
    return CheckResult(selects=selects, inputs=inputs)
