"""``report.html``: one file that a person opens; everything that came from data is escaped.

The page is ``templates/report.html``. Charts are SVG and escape their texts themselves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from baihuo.quality.counts import StepCount
from baihuo.quality.report.charts import bars, calendar, sankey, trend
from baihuo.quality.report.history import PastRun
from baihuo.quality.report.report import QualityReport
from baihuo.quality.report.times import time_text, with_times
from baihuo.quality.spec import Check

_VERDICTS = {
    "ok": "training may go on",
    "warn": "training may go on; look at the warnings",
    "stop": "training is stopped",
}
_N_FILES = 50  # of those that came last, on the page; report.json has all


@dataclass(frozen=True, slots=True)
class _TableFlow:
    """What became of the rows of one table."""

    table: str
    steps: tuple[StepCount, ...]  # the last is their total
    chart: str  # SVG


def to_html(report: QualityReport, checks: Sequence[Check], runs: Sequence[PastRun] = ()) -> str:
    """The whole page.

    Args:
        checks: Every check that a finding may name.
        runs: This run and those before it, oldest first, for the trend.
    """
    by_name = {check.name: check for check in checks}
    page = report_environment().get_template("report.html")
    return page.render(
        report=report,
        verdict=_verdict(report),
        files=report.files[-_N_FILES:],
        flows=[_flow(report, table) for table in ("events", "products") if _has(report, table)],
        findings=[(finding, by_name[finding.check]) for finding in report.findings],
        findings_chart=bars(report.findings),
        trend_chart=trend(runs) if len(runs) > 1 else "",
        days_chart=calendar(report.days) if report.days else "",
    )


def _verdict(report: QualityReport) -> str:
    """In words. Notes are counted, too: nothing was changed, and a person has to look."""
    words = _VERDICTS[report.verdict]
    if not report.n_noted:
        return words
    findings = "finding was" if report.n_noted == 1 else "findings were"
    return f"{words}; {report.n_noted:,} {findings} only noted"


@cache  # templates take longer to compile than a small report to write
def report_environment(*packages: str) -> Environment:
    """For pages that look like the quality report: its style is ``report.css``, values are escaped.

    Args:
        packages: With templates of their own, in a folder ``templates``; they come first.
    """
    found = [PackageLoader(package) for package in (*packages, "baihuo.quality.report")]
    environment = Environment(
        loader=ChoiceLoader(found),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["number"] = lambda n: f"{n:,}"
    environment.filters["time_text"] = time_text
    environment.filters["with_times"] = with_times
    environment.filters["json_text"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment


def _steps(report: QualityReport, table: str) -> list[StepCount]:
    return [step for step in report.steps if step.table == table]


def _has(report: QualityReport, table: str) -> bool:
    steps = _steps(report, table)
    return bool(steps) and steps[0].n_in > 0


def _flow(report: QualityReport, table: str) -> _TableFlow:
    steps = _steps(report, table)
    return _TableFlow(table, (*steps, report.table(table)), sankey(steps))
