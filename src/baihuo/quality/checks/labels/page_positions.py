"""Pages whose positions are wrong in themselves: from 0, two products at one, one product at two."""

from __future__ import annotations

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.labels.parameters import COLUMNS, parameters, work_file
from baihuo.quality.checks.labels.settings import LabelsRules
from baihuo.quality.checks.narrow_scan import rows_of
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

PAGE_PROFILES = sql_file(__file__, "page_profiles")
_ZERO_POSITIONS = sql_file(__file__, "zero_positions")
_SUSPECT_PAGES = sql_file(__file__, "suspect_pages")
_PAGE_IMPRESSIONS = sql_file(__file__, "page_impressions")
_ZERO_BASED_IMPRESSIONS = sql_file(__file__, "zero_based_impressions")
_ZERO_BASED_PAGE = sql_file(__file__, "zero_based_page")
_SURFACES = sql_file(__file__, "surfaces")
_REPEATED_POSITIONS = sql_file(__file__, "repeated_positions").bind(again_share=0.01)


def find_pages(
    findings: FindingsStore, settings: LabelsRules, context: CheckContext
) -> CheckResult:
    """Pages that count from 0, and repeated positions or products within a page."""
    tables, values = findings.tables, parameters(findings, settings, context)
    page_profiles = work_file(findings, "page_profiles")
    zero_positions = work_file(findings, "zero_positions")
    suspect_pages = work_file(findings, "suspect_pages")
    page_impressions = work_file(findings, "page_impressions")
    zero_rows = rows_of(findings, "(SELECT * FROM raw WHERE position = 0)", *COLUMNS)
    tables.sql(_ZERO_POSITIONS(zero_rows=zero_rows), out=zero_positions, **findings.inputs())
    tables.sql(_SUSPECT_PAGES(), out=suspect_pages, page_profiles=page_profiles)
    has_zeros, has_suspects = n_rows(zero_positions) > 0, n_rows(suspect_pages) > 0
    if has_zeros or has_suspects:
        tables.sql(
            _PAGE_IMPRESSIONS(**values),
            out=page_impressions,
            zero_positions=zero_positions,
            suspect_pages=suspect_pages,
            **findings.inputs(),
        )
    selects: list[str] = []
    inputs: dict[str, Source] = {}
    if has_zeros:
        zero_based = work_file(findings, "zero_based_impressions")
        tables.sql(
            _ZERO_BASED_IMPRESSIONS(**values),
            out=zero_based,
            zero_positions=zero_positions,
            page_impressions=page_impressions,
            page_profiles=page_profiles,
        )
        selects.append(_ZERO_BASED_PAGE())
        inputs["zero_based_impressions"] = zero_based
    if has_suspects:
        surfaces = work_file(findings, "surfaces")
        repeated = work_file(findings, "repeated_positions")
        tables.sql(_SURFACES(), out=surfaces, page_profiles=page_profiles)
        tables.sql(
            _REPEATED_POSITIONS(**values),
            out=repeated,
            suspect_pages=suspect_pages,
            surfaces=surfaces,
            page_impressions=page_impressions,
        )
        selects.append("SELECT * FROM repeated_positions")
        inputs["repeated_positions"] = repeated
    return CheckResult(selects=selects, inputs=inputs)
