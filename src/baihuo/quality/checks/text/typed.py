"""Damage in what shoppers typed, and in where they came from: ``query_text``, ``text``, ``referrer`` and ``interests`` of events.

The same repairs as in listings, but for those that could change what somebody meant: a backslash before a letter
(``black\\red``), words set in full width. A search for a word that a wrong encoding spells finds nothing, and is learned as a search that finds nothing.
"""

from __future__ import annotations

from pathlib import Path

from baihuo.engine import sql_file, sql_text
from baihuo.quality.checks.text.candidates_for_review import damage_pattern
from baihuo.quality.checks.text.cells import INTERESTS, QUERY, REFERRER, TYPED, repair_batch
from baihuo.quality.checks.text.nobody.judge import HINTS, judge_batch
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="damaged_text",
        step="text",
        on="events",
        action="repair",
        why="a query, a review, a referrer or interests were read with the wrong encoding, or holds markup, escapes, hidden characters "
        "or letters that only look Latin",
        fix="send what the shopper typed, as UTF-8 and as plain text",
        version="2",
    ),
    Check(
        name="unreadable_text",
        step="text",
        on="events",
        action="note",
        why="letters of a query, a review or a referrer were replaced by stock characters (锟斤拷, ????, □□); nobody can repair it",
        fix="find the step that reads or writes the text in another encoding than UTF-8",
    ),
    Check(
        name="text_of_nobody",
        step="text",
        on="events",
        action="repair",
        why="no visitor wrote this review or search: a default of the shop, its answer, an advertisement, a template, an object, "
        "a file's name, a hash, an encoding, code (a note where some of it may be a visitor's)",
        fix="send the words that the visitor typed, alone; leave out what programs write where nobody wrote",
        version="2",
    ),
    Check(
        name="odd_referrer",
        step="text",
        on="events",
        action="note",
        field="referrer",
        why="no shopper came from there: a machine of developers, a file, spam that wants to be read, or no address at all",
        fix="keep test traffic out of the log; block such visits, and leave them out of reports by channel",
        version="2",
    ),
)
_PASTED_TWICE = sql_file(__file__, "pasted_twice").bind(min_visitors=2, times=2)
# two characters twice, or four letters: 娃娃 and "tutu" are words
_IS_DOUBLED = (
    "length(text) >= CASE WHEN regexp_matches(text, '\\p{Han}') THEN 4 ELSE 8 END AND length(text) % 2 = 0 "
    "AND left(text, divide(length(text), 2)) = right(text, divide(length(text), 2))"
)
_KINDS = {"query_text": QUERY, "text": TYPED, "referrer": REFERRER, "interests": INTERESTS}
_DAMAGED_EVENTS = sql_file(__file__, "damaged_events")
_JUDGED_EVENTS = sql_file(__file__, "judged_events")
# a review whose first letters come again may be one text twice
_COMES_AGAIN = "contains(substr(text, 9), left(text, 8))"


def judged_file(findings: FindingsStore) -> Path:
    """Where :func:`find` leaves the texts that nobody wrote; it is not there where it found none to read."""
    return findings.work / "typed_judged.parquet"


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Damaged texts of events and those of nobody: each distinct text once, and Python only for those that a pattern flags."""
    distinct, repaired, read, doubled = (
        findings.work / f"typed_{name}.parquet" for name in ("texts", "repaired", "read", "doubled")
    )
    judged = judged_file(findings)
    rows = findings.rows(*_KINDS)
    texts = " UNION ".join(
        f"SELECT {field} AS text, '{kind}' AS kind FROM {rows} WHERE length({field}) <= {settings.max_chars}"
        for field, kind in _KINDS.items()
    )
    is_of_nobody = " ".join(
        f"WHEN '{kind}' THEN regexp_matches(text, {sql_text(pattern)})"
        for kind, pattern in HINTS.items()
    )
    findings.tables.sql(
        f"SELECT text, kind FROM ({texts}) WHERE regexp_matches(text, {damage_pattern(is_json=False)}) "
        f"OR CASE kind {is_of_nobody} END OR (kind <> '{REFERRER}' AND {_COMES_AGAIN}) "
        f"OR (kind = '{QUERY}' AND {_IS_DOUBLED})",
        out=distinct,
        **findings.inputs(),
    )
    if not n_rows(distinct):
        return CheckResult()
    findings.tables.map_arrow(repair_batch, distinct, out=repaired)
    findings.tables.sql(
        "SELECT text, kind, coalesce(any_value(new), text) AS repaired FROM texts LEFT JOIN repaired USING (text, kind) GROUP BY text, kind",
        out=read,
        texts=distinct,
        repaired=repaired,
    )
    findings.tables.map_arrow(judge_batch, read, out=judged)
    findings.tables.sql(
        f"SELECT text AS query_text FROM texts ANTI JOIN judged USING (text, kind) WHERE kind = '{QUERY}' AND {_IS_DOUBLED}",
        out=doubled,
        texts=distinct,
        judged=judged,
    )
    pasted = [_PASTED_TWICE(rows=findings.rows("visitor_id", "query_text"))]
    return CheckResult(
        selects=[
            *(pasted if n_rows(doubled) else []),
            *(
                statement(rows=rows, field=field, kind=kind)
                for statement, file in ((_DAMAGED_EVENTS, repaired), (_JUDGED_EVENTS, judged))
                for field, kind in _KINDS.items()
                if n_rows(file)
            ),
        ],
        inputs={"repaired": repaired, "judged": judged, "doubled_texts": doubled},
    )
