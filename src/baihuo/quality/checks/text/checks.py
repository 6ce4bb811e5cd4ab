"""Damage in what shoppers read: encoding, markup, boilerplate, the wrong language.

Two rounds over the events (what shoppers typed is repaired as listings are, but for what could change what somebody meant), three over the products. Characters first (a pattern finds candidates, Python repairs each
distinct text once), then languages, then what can only be judged on clean text: sentences that unrelated products share.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.text import boilerplate
from baihuo.quality.checks.text.candidates_for_review import damage_pattern
from baihuo.quality.checks.text.cells import JSON, LONG, TITLE, TYPED, repair_batch
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult, Step

_TYPED_FIELDS = ("query_text", "text", "referrer", "interests")
_DAMAGED_EVENTS = sql_file(__file__, "damaged_events")
_HALF_TYPED = sql_file(__file__, "half_typed").bind(gap_us=1_500_000)


def find_typed(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Damaged texts of events: each distinct text once, and Python only for those that a pattern flags."""
    distinct, repaired = (findings.work / f"typed_{name}.parquet" for name in ("texts", "repaired"))
    rows = findings.rows(*_TYPED_FIELDS)
    texts = " UNION ".join(
        f"SELECT {field} AS text FROM {rows} WHERE length({field}) <= {settings.max_chars}"
        for field in _TYPED_FIELDS
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
        selects=[_DAMAGED_EVENTS(rows=rows, field=field) for field in _TYPED_FIELDS]
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


_BOTH_LANGUAGES = (("title_en", "title_zh"), ("description_en", "description_zh"))
_LANGUAGES = sql_file(__file__, "languages").bind(
    han_pattern="[\\x{3400}-\\x{4dbf}\\x{4e00}-\\x{9fff}]",
    # letters of scripts that are neither Latin nor Chinese
    other_pattern="[\\x{370}-\\x{3ff}\\x{400}-\\x{52f}\\x{590}-\\x{6ff}\\x{900}-\\x{109f}"
    "\\x{e00}-\\x{e7f}\\x{3041}-\\x{30fa}\\x{ac00}-\\x{d7a3}]",
    word_pattern="[A-Za-zÀ-ÿ]{3,}",
    destroyed_pattern="\\x{fffd}|\\?{3}",
)


def find_languages(
    findings: FindingsStore, settings: TextRules, context: CheckContext
) -> CheckResult:
    """Texts that are swapped where both fields say so; else a note."""
    return CheckResult(
        selects=[
            _LANGUAGES(
                en=en,
                zh=zh,
                rows=findings.rows(en, zh, "brand"),
                foreign_share=settings.foreign_share,
                foreign_words=settings.foreign_words,
            )
            for en, zh in _BOTH_LANGUAGES
        ]
    )


CHECKS = read_checks(__file__, "text")
_FIELDS = {
    "title_en": TITLE,
    "title_zh": TITLE,
    "description_en": LONG,
    "description_zh": LONG,
    "brand": TITLE,
    "model": TITLE,
    "category": TITLE,
    "attributes": JSON,
}


_FLAGGED_CELLS = sql_file(__file__, "flagged_cells")
_DAMAGED_TEXT = sql_file(__file__, "damaged_text")


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Damaged characters: candidates by a pattern, then each distinct text once."""
    if findings.table == "events":
        return find_typed(findings, settings, context)
    cells, distinct, repaired = (
        findings.work / f"text_{name}.parquet" for name in ("cells", "distinct", "repaired")
    )
    select = _FLAGGED_CELLS(
        rows=findings.rows(*_FIELDS),
        cells=", ".join(
            f"struct_pack(field := '{field}', kind := '{kind}', text := {field})"
            for field, kind in _FIELDS.items()
        ),
        max_chars=settings.max_chars,
        json=JSON,
        json_pattern=damage_pattern(is_json=True),
        text_pattern=damage_pattern(is_json=False),
    )
    findings.tables.sql(select, out=cells, **findings.inputs())
    if not n_rows(cells):
        return CheckResult()
    findings.tables.sql("SELECT DISTINCT text, kind FROM cells", out=distinct, cells=cells)
    findings.tables.map_arrow(repair_batch, distinct, out=repaired)
    return CheckResult(selects=[_DAMAGED_TEXT()], inputs={"cells": cells, "repaired": repaired})


STEP = Step(
    name="text",
    settings=TextRules,
    checks=CHECKS,
    detectors=(find, find_half_typed, find_languages, boilerplate.find),
    finds={
        find_half_typed: ("half_typed_search",),
        find_languages: ("swapped_languages", "wrong_language"),
        boilerplate.find: ("boilerplate",),
    },
)
"""The section ``text`` of ``quality.yaml``."""
