"""Damage in what shoppers typed, and in where they came from: ``query_text``, ``text``, ``referrer`` and ``interests`` of events.

The same repairs as in listings, but for those that could change what somebody meant: a backslash before a letter
(``black\\red``), words set in full width. A search for a word that a wrong encoding spells finds nothing, and is learned as a search that finds nothing.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.text.candidates_for_review import damage_pattern
from baihuo.quality.checks.text.cells import TYPED, repair_batch
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_FIELDS = ("query_text", "text", "referrer", "interests")
_DAMAGED_EVENTS = sql_file(__file__, "damaged_events")
_HALF_TYPED = sql_file(__file__, "half_typed").bind(gap_us=1_500_000)


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Damaged texts of events: each distinct text once, and Python only for those that a pattern flags."""
    distinct, repaired = (findings.work / f"typed_{name}.parquet" for name in ("texts", "repaired"))
    rows = findings.rows(*_FIELDS)
    texts = " UNION ".join(
        f"SELECT {field} AS text FROM {rows} WHERE length({field}) <= {settings.max_chars}"
        for field in _FIELDS
    )
    findings.tables.sql(
        f"SELECT text, '{TYPED}' AS kind FROM ({texts}) WHERE regexp_matches(text, {damage_pattern(is_json=False)})",
        out=distinct,
        **findings.inputs(),
    )
    if not n_rows(distinct):
        return CheckResult()
    findings.tables.map_arrow(repair_batch, distinct, out=repaired)
    return CheckResult(
        selects=[_DAMAGED_EVENTS(rows=rows, field=field) for field in _FIELDS]
        if n_rows(repaired)
        else [],
        inputs={"repaired": repaired},
    )


def find_half_typed(
    findings: FindingsStore, settings: TextRules, context: CheckContext
) -> CheckResult:
    """Searches that were sent at each key."""
    if "query_text" in findings.empty:
        return CheckResult()
    rows = findings.rows("event_type", "visitor_id", "query_text", "occurred_at_us")
    found = finding_sql(_HALF_TYPED(rows=rows), "half_typed_search", field="'query_text'")
    return CheckResult(selects=[found])
