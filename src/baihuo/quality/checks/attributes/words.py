"""Titles that name another value of an attribute, or another brand, than the product has.

Which words can be trusted is counted: of the titles with the word "red", how many belong to products
whose colour is red? Only where nearly all do, a title with the word and another colour is told. So
"orange" in the name of a juice, or the brand of the phone that a case is made for, tell nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.attributes.synonyms import COLOURS
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import CheckResult

if TYPE_CHECKING:
    from pathlib import Path

    from baihuo.quality.checks.attributes.settings import AttributesRules

_FACTS = sql_file(__file__, "facts")
_FORMS = sql_file(__file__, "forms")
_NAMED = sql_file(__file__, "named")
_AGAINST = sql_file(__file__, "against")

_MAX_WORDS = 40  # of a title: the rest is stuffing
_MAX_VALUES = 300  # of an attribute in a department: more are names, not kinds
_SAYABLE = 0.4  # of products that hold a value, so many say it in their title
_WORDS = r"[\p{L}\p{N}]+"
_ROOT = f"coalesce(split_part(category, '{CATEGORY_SEPARATOR}', 1), '')"


def contradictions(ledger: FindingsStore, settings: AttributesRules, said: Path) -> CheckResult:
    """SELECTs over intermediate files: one row a product whose title names another value.

    ``said`` is one row an attribute a product, see :mod:`baihuo.quality.checks.attributes.checks`.
    """
    tables, work = ledger.tables, ledger.work
    facts, forms, named = (work / f"attribute_{n}.parquet" for n in ("facts", "forms", "named"))
    tables.sql(_facts(ledger), out=facts, said=said, **ledger.inputs())
    tables.sql(_forms(settings), out=forms, facts=facts)
    tables.sql(_named(ledger), out=named, facts=facts, forms=forms, **ledger.inputs())
    return CheckResult(
        selects=[_against(ledger, settings)], inputs={"named": named, "facts": facts}
    )


def _plain(text: str) -> str:
    """SQL: small letters and digits, one space between words."""
    return f"array_to_string(regexp_extract_all(lower({text}), '{_WORDS}'), ' ')"


def _facts(ledger: FindingsStore) -> str:
    """What each product is: ``import_id, line, scope, key, name, value``; scope is its department."""
    return _FACTS(
        root=_ROOT, plain=_plain("value"), plain_2=_plain("brand"), rows=ledger.rows("brand")
    )


def _forms(settings: AttributesRules) -> str:
    """How titles write a value: as it is, and colours in the other language."""
    pairs = ", ".join(f"('{en}', '{zh}')" for en, zhs in COLOURS.items() for zh in zhs)
    return _FORMS(pairs=pairs, max_values=_MAX_VALUES, max=max(2, settings.min_rows // 4))


def _named(ledger: FindingsStore) -> str:
    """``facts`` with the values that the product's title in one language names, where it names any."""
    words = r"\p{Han}+|(?:[^\P{L}\p{Han}]|\p{N})+"
    runs = f"regexp_extract_all(lower(title), '{words}')[:{_MAX_WORDS}]"
    return _NAMED(runs=runs, rows=ledger.rows("title_en", "title_zh"))


def _against(ledger: FindingsStore, settings: AttributesRules) -> str:
    """A word is trusted where it is the product's own value in most titles that have it. It tells nothing
    where titles do not say the value that the product holds either ("mini PC 3L", "PC/workstation"), nor
    where something else of the product explains it: its other connector, its brand."""
    is_brand = "key = 'brand' AND scope = ''"
    return _AGAINST(
        min_rows=settings.min_rows,
        min_agreement=settings.min_agreement,
        sayable=_SAYABLE,
        plain=_plain("value"),
        plain_2=_plain("concat_ws(' ', brand, model)"),
        rows=ledger.rows("brand", "model"),
        is_brand=is_brand,
    )
