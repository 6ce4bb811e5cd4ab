"""Damage in what shoppers read: encoding, markup, boilerplate, the wrong language.

Two rounds over the events (``typed.py``), three over the products. Characters first (a pattern finds candidates, Python repairs each
distinct text once), then languages, then what can only be judged on clean text: sentences that unrelated products share.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.text import boilerplate, languages, typed
from baihuo.quality.checks.text.candidates_for_review import damage_pattern
from baihuo.quality.checks.text.cells import JSON, LONG, TITLE, repair_batch
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.entries import read_checks
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult, Step

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
        return typed.find(findings, settings, context)
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
    detectors=(
        find,
        typed.find_half_typed,
        languages.find,
        boilerplate.find,
    ),
    finds={
        typed.find_half_typed: ("half_typed_search",),
        languages.find: ("swapped_languages", "wrong_language"),
        boilerplate.find: ("boilerplate",),
    },
)
"""The section ``text`` of ``quality.yaml``."""
