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
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Detector, Step

CHECKS: tuple[Check, ...] = (
    *typed.CHECKS,
    Check(
        name="damaged_encoding",
        step="text",
        on="products",
        action="repair",
        why="its text was read with the wrong encoding (Ã©, â€™, ÊÖ»ú); read again with the right one",
        fix="export and import as UTF-8, or name the file's encoding when importing",
        version="2",
    ),
    Check(
        name="unreadable_characters",
        step="text",
        on="products",
        action="note",
        why="characters were lost or damaged in a way that cannot be undone with certainty",
        fix="export this product again from where its text is still whole",
        version="2",
    ),
    Check(
        name="escaped_text",
        step="text",
        on="products",
        action="repair",
        why=r"escapes are written out in its text (\n, \u00e9)",
        fix="the text was escaped twice: leave one of the two out when exporting",
    ),
    Check(
        name="markup",
        step="text",
        on="products",
        action="repair",
        why="its text holds HTML, which would be shown and searched as words",
        fix="export plain text, or map the field to one that holds it",
        version="2",
    ),
    Check(
        name="hidden_characters",
        step="text",
        on="products",
        action="repair",
        why="characters that nobody sees break its words apart or turn their direction",
        fix="strip zero-width, control and direction characters where the text is typed or pasted",
    ),
    Check(
        name="lookalike_letters",
        step="text",
        on="products",
        action="repair",
        why="a Cyrillic letter stands in a Latin word: it looks right and is never found",
        fix="type the word again on a Latin keyboard",
    ),
    Check(
        name="swapped_languages",
        step="text",
        on="products",
        action="repair",
        why="its Chinese text is in the English field or the other way round",
        fix="swap the two columns in the mapping, or in the source for this product",
    ),
    Check(
        name="wrong_language",
        step="text",
        on="products",
        action="note",
        why="the words of a field are of another language than the field's",
        fix="translate the text, or move it to the field of its language",
    ),
    Check(
        name="boilerplate",
        step="text",
        on="products",
        action="repair",
        why="unrelated products share this sentence: it says nothing about any of them",
        fix="put shipping, returns and greetings on a page of their own, not in descriptions",
        version="3",
    ),
)

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


def _of_products(detect: Detector[TextRules]) -> Detector[TextRules]:
    """A round over the products alone: events have neither languages of their own nor titles."""

    def of_products(
        findings: FindingsStore, settings: TextRules, context: CheckContext
    ) -> CheckResult:
        if findings.table == "events":
            return CheckResult()
        return detect(findings, settings, context)

    return of_products


STEP = Step(
    name="text",
    settings=TextRules,
    checks=CHECKS,
    detectors=(
        find,
        typed.find_half_typed,
        _of_products(languages.find),
        _of_products(boilerplate.find),
    ),
    finds={typed.find_half_typed: ("half_typed_search",)},
)
"""The section ``text`` of ``quality.yaml``."""
