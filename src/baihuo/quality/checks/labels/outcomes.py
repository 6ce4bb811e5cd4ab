"""Outcomes compared with the impressions of their page: late, or at another position."""

from __future__ import annotations

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.labels.parameters import parameters, work_file
from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_PAGE_OUTCOMES = sql_file(__file__, "page_outcomes")
_OUTCOME_IMPRESSIONS = sql_file(__file__, "outcome_impressions")
_DOUBTFUL_OUTCOMES = sql_file(__file__, "doubtful_outcomes")
_PAGE_OUTCOME_COUNTS = sql_file(__file__, "page_outcome_counts")
_CONTRADICTORY_CLICK = sql_file(__file__, "contradictory_click")
_LATE_OUTCOME = sql_file(__file__, "late_outcome")
_SHIFTED_POSITION = sql_file(__file__, "shifted_position")
_CLIENT_OUTCOMES = (
    "SELECT surface, platform, count(position) AS n_with_position_of_client "
    "FROM page_outcomes GROUP BY surface, platform"
)


def find_outcomes(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> CheckResult:
    """Outcomes that came late, or report another position than their page."""
    tables, values = findings.tables, parameters(findings, settings, context)
    page_outcomes = work_file(findings, "page_outcomes")
    tables.sql(_PAGE_OUTCOMES(**values), out=page_outcomes, **findings.inputs())
    if n_rows(page_outcomes) == 0:
        return CheckResult()
    impressions = work_file(findings, "outcome_impressions")
    tables.sql(
        _OUTCOME_IMPRESSIONS(**values),
        out=impressions,
        page_outcomes=page_outcomes,
        **findings.inputs(),
    )
    zero_positions = work_file(findings, "zero_positions")  # of the round before
    doubtful = work_file(findings, "doubtful_outcomes")
    tables.sql(
        _DOUBTFUL_OUTCOMES(**values),
        out=doubtful,
        page_outcomes=page_outcomes,
        outcome_impressions=impressions,
        zero_positions=zero_positions,
    )
    selects = [_CONTRADICTORY_CLICK()]
    inputs: dict[str, Source] = {
        "page_outcomes": page_outcomes,
        "outcome_impressions": impressions,
    }
    if n_rows(doubtful) == 0:
        return CheckResult(selects=selects, inputs=inputs)
    client_outcomes = work_file(findings, "client_outcomes")
    page_counts = work_file(findings, "page_outcome_counts")
    tables.sql(_CLIENT_OUTCOMES, out=client_outcomes, page_outcomes=page_outcomes)
    tables.sql(
        _PAGE_OUTCOME_COUNTS(),
        out=page_counts,
        page_outcomes=page_outcomes,
        doubtful_outcomes=doubtful,
    )
    inputs |= {
        "doubtful_outcomes": doubtful,
        "client_outcomes": client_outcomes,
        "page_outcome_counts": page_counts,
    }
    is_zero_based = "false"
    if n_rows(zero_positions):
        inputs["zero_based_impressions"] = work_file(findings, "zero_based_impressions")
        is_zero_based = "query_id IN (SELECT query_id FROM zero_based_impressions)"
    selects.append(_LATE_OUTCOME(**values))
    selects.append(_SHIFTED_POSITION(**values, is_zero_based_page=is_zero_based))
    return CheckResult(selects=selects, inputs=inputs)
