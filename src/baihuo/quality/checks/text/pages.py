"""A search beside the rows of its page, which carry its text, too (what one of them lost, the others know), and beside the next search."""

from __future__ import annotations

from baihuo.engine import Source, sql_file, sql_text
from baihuo.quality.checks.text.cells import QUERY
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.checks.text.typed import judged_file
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="query_against_page",
        step="text",
        on="events",
        action="repair",
        why="all rows of the page carry another text than its search, which has none or one that nobody typed (else a note)",
        fix="write the text of a search once, and read it from there for the search and for the rows of its page",
        version="2",
    ),
    Check(
        name="half_typed_search",
        step="text",
        on="events",
        action="note",
        field="query_text",
        why="the visitor was still typing: within a second and a half came the next search, which begins with this one "
        "or has the characters of which it is the pinyin",
        fix="log a search when it is sent or its results are looked at, not at each key; or log suggestions as such",
        version="2",
    ),
)
_HALF_TYPED = sql_file(__file__, "half_typed").bind(
    gap_us=1_500_000,
    pinyin=sql_text(r"^\p{Han}*(?:[a-zü]{1,6}['’]){1,8}[a-zü]{1,6}$"),
    syllable=sql_text(r"[a-zü]+['’]?"),
    characters=sql_text(r"^\p{Han}+$"),
)
_QUERY_AGAINST_PAGE = sql_file(__file__, "query_against_page").bind(
    least_rows=2,
    most_other=0.05,  # more of them are words that the shop corrects
    most_empty=0.5,
)


def find_half_typed(
    findings: FindingsStore, settings: TextRules, context: CheckContext
) -> CheckResult:
    """Of events: searches that were sent at each key."""
    if findings.table != "events" or "query_text" in findings.empty:
        return CheckResult()
    rows = findings.rows("event_type", "visitor_id", "query_text", "occurred_at_us")
    return CheckResult(selects=[_HALF_TYPED(rows=rows)])


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Of events: searches without a text, or with another, whose page has one."""
    if findings.table != "events" or {"query_text", "query_id"} & findings.empty:
        return CheckResult()
    inputs: dict[str, Source] = {}
    judged = "SELECT NULL WHERE false"  # a bare NULL would make every comparison unknown
    if judged_file(findings).exists():
        judged = f"SELECT text FROM judged WHERE kind = '{QUERY}'"
        inputs["judged"] = judged_file(findings)
    rows = findings.rows("event_type", "query_id", "query_text")
    return CheckResult(selects=[_QUERY_AGAINST_PAGE(rows=rows, judged=judged)], inputs=inputs)
