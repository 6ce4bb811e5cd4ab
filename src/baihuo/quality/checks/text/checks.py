"""Damage in what shoppers read: encoding, markup, boilerplate, stuffing, the wrong language.

Three rounds over the events (``typed.py``, ``pages.py``), four over the products. Characters first (a pattern finds candidates, Python repairs each
distinct text once), then languages, then what can only be judged on clean text: sentences that
unrelated products share, and titles that are lists of search words.
"""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.text import (
    boilerplate,
    keyword_stuffing,
    languages,
    pages,
    placeholders,
    strange_texts,
    typed,
)
from baihuo.quality.checks.text.candidates_for_review import damage_pattern
from baihuo.quality.checks.text.cells import JSON, LONG, TITLE, repair_batch
from baihuo.quality.checks.text.odd_titles import brands_in_a_row
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Detector, Step

CHECKS: tuple[Check, ...] = (
    *typed.CHECKS,
    *pages.CHECKS,
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
        why="unrelated products share this sentence, or it is a dummy text: it says nothing about any of them (a note where "
        "a field of a template was not filled in: {{colour}}, %BRAND%)",
        fix="put shipping, returns and greetings on a page of their own, not in descriptions",
        version="2",
    ),
    Check(
        name="description_of_another",
        step="text",
        on="products",
        action="note",
        why="a listing of another brand and another category has the same description: one of them is wrong",
        fix="look which product the text describes, and write or fetch the other's",
        version="2",
    ),
    Check(
        name="repeated_words",
        step="text",
        on="products",
        action="repair",
        field="title_en",
        why="its title repeats the same words",
        fix="write each word once",
    ),
    Check(
        name="keyword_stuffing",
        step="text",
        on="products",
        action="note",
        why="its title is a list of search words rather than the name of a thing",
        fix="write what it is, its brand, model and what distinguishes it; other words belong in attributes",
        version="2",
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


def find_placeholders(
    findings: FindingsStore, settings: TextRules, context: CheckContext
) -> CheckResult:
    """Descriptions that say nothing, and texts with fields that nobody filled in, of products."""
    titles, fields = (
        tuple(f for f in (f"{name}_en", f"{name}_zh") if f not in findings.empty)
        for name in ("title", "description")
    )
    rows = findings.rows(
        *("product_id", "brand", "model", "category", "title_en", "title_zh"),
        *("description_en", "description_zh", "attributes"),
    )
    return CheckResult(
        selects=[
            *(
                select(rows, field)
                for field in fields
                for select in (placeholders.select, placeholders.select_shared)
            ),
            *(placeholders.select_unfilled(rows, field) for field in (*titles, *fields)),
            *([strange_texts.in_descriptions(rows, fields)] if fields else []),
            *([strange_texts.in_titles(rows, titles)] if titles else []),
            *([] if "title_en" in findings.empty else [brands_in_a_row(rows=rows)]),
        ]
    )


_OF_PRODUCTS = (
    languages.find,
    find_placeholders,
    boilerplate.find,
    keyword_stuffing.find,
)
STEP = Step(
    name="text",
    settings=TextRules,
    checks=CHECKS,
    detectors=(find, pages.find, pages.find_half_typed, *map(_of_products, _OF_PRODUCTS)),
    finds={pages.find: ("query_against_page",), pages.find_half_typed: ("half_typed_search",)},
)
