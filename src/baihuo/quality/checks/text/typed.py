"""Damage in what shoppers typed, and in where they came from: ``query_text``, ``text`` and ``referrer`` of events.

The same repairs as in listings, but for those that could change what somebody meant: a backslash before a letter
(``black\\red``), words set in full width. A search for a word that a wrong encoding spells finds nothing, and is learned as a search that finds nothing.
"""

from __future__ import annotations

import pyarrow as pa

from baihuo.engine import sql_file
from baihuo.quality.checks.text.candidates_for_review import damage_pattern
from baihuo.quality.checks.text.cells import QUERY, TYPED, repair_batch
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="damaged_text",
        step="text",
        on="events",
        action="repair",
        why="a query, a review or a referrer was read with the wrong encoding, or holds markup, escapes, hidden characters "
        "or letters that only look Latin",
        fix="send what the shopper typed, as UTF-8 and as plain text",
    ),
    Check(
        name="unreadable_text",
        step="text",
        on="events",
        action="note",
        why="letters of a query, a review or a referrer were replaced by stock characters (锟斤拷, ????, □□); nobody can repair it",
        fix="find the step that reads or writes the text in another encoding than UTF-8",
    ),
)
_KINDS = {"query_text": QUERY, "text": TYPED, "referrer": TYPED}
_DAMAGED_EVENTS = sql_file(__file__, "damaged_events")


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Damaged texts of events: each distinct text once, and Python only for those that a pattern flags."""
    distinct, repaired = (findings.work / f"typed_{name}.parquet" for name in ("texts", "repaired"))
    rows = findings.rows(*_KINDS)
    texts = " UNION ".join(
        f"SELECT {field} AS text, '{kind}' AS kind FROM {rows} WHERE length({field}) <= {settings.max_chars}"
        for field, kind in _KINDS.items()
    )
    findings.tables.sql(
        f"SELECT text, kind FROM ({texts}) WHERE regexp_matches(text, {damage_pattern(is_json=False)})",
        out=distinct,
        **findings.inputs(),
    )
    if not n_rows(distinct):
        return CheckResult()
    findings.tables.map_arrow(repair_batch, distinct, out=repaired)
    inputs: dict[str, pa.Table] = {"repaired": repaired}
    return CheckResult(
        selects=[
            _DAMAGED_EVENTS(rows=rows, field=field, kind=kind) for field, kind in _KINDS.items()
        ],
        inputs=inputs,
    )
