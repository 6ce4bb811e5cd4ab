"""Attributes that are missing, contradict each other, or a code that two products share.

Nothing here knows the names of attributes: what a category's products nearly always say, and which
words of a title go with which value, is counted in the shop's own catalogue.
"""

from __future__ import annotations

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.attributes.codes import bad_codes, has_real_codes, shared_codes
from baihuo.quality.checks.attributes.settings import AttributesRules
from baihuo.quality.checks.attributes.synonyms import key_sql
from baihuo.quality.checks.attributes.words import contradictions
from baihuo.quality.checks.json_object import is_no_object
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_SAID = sql_file(__file__, "said")
_MISSING = sql_file(__file__, "missing")
_TWICE = sql_file(__file__, "twice")
_VARIANTS = sql_file(__file__, "variants")

CHECKS = (
    Check(
        name="missing_attribute",
        step="attributes",
        on="products",
        action="note",
        field="attributes",
        why="nearly all products of its category say this, and it does not: no filter will find it",
        fix="fill the attribute, or move the product if it stands on the wrong shelf",
    ),
    Check(
        name="attribute_against_title",
        step="attributes",
        on="products",
        action="note",
        field="attributes",
        why="its title names another value of this attribute than the attribute holds",
        fix="correct the title or the attribute",
    ),
    Check(
        name="brand_against_title",
        step="attributes",
        on="products",
        action="note",
        field="brand",
        why="its title names another brand and not its own, where products of both brands name theirs",
        fix="correct the brand or the title",
    ),
    Check(
        name="attribute_said_twice",
        step="attributes",
        on="products",
        action="note",
        field="attributes",
        why="two spellings of one attribute hold different values",
        fix="keep one spelling (Colour, not also color) and the right value",
    ),
    Check(
        name="variant_against_product",
        step="attributes",
        on="products",
        action="note",
        field="variants",
        why="the product says one value of an attribute, and each of its variants another",
        fix="take the attribute off the product, or correct it",
    ),
    Check(
        name="bad_code",
        step="attributes",
        on="products",
        action="repair",
        field="codes",
        why="the code's check digit is wrong, or it is a placeholder; such a code names nothing, so it is taken off",
        fix="scan the code again; a number of your own does not belong among codes",
    ),
    Check(
        name="shared_code",
        step="attributes",
        on="products",
        action="note",
        field="codes",
        why="other products carry the same code: an event that names it cannot be told apart",
        fix="correct the code, or merge the listings if they are one product",
    ),
)


def find(ledger: FindingsStore, settings: AttributesRules, given: CheckContext) -> CheckResult:
    """All checks of attributes; those of codes are a second round, see :func:`find_codes`."""
    tables, work = ledger.tables, ledger.work
    said = work / "attributes_said.parquet"
    tables.sql(_said(ledger), out=said, **ledger.inputs())
    once = work / "attributes_once.parquet"
    tables.sql(_ONCE, out=once, said=said)
    selects = [_missing(ledger, settings), _twice(), _variants(ledger)]
    against = contradictions(ledger, settings, said)
    return CheckResult(
        selects=[*selects, *against.selects], inputs={"said": said, "once": once, **against.inputs}
    )


def find_codes(
    ledger: FindingsStore, settings: AttributesRules, given: CheckContext
) -> CheckResult:
    """Codes that are wrong; where most are no bar codes, only shared ones are told."""
    of = settings
    if not has_real_codes(ledger, of.min_valid_codes):
        why = f"fewer than {of.min_valid_codes:.0%} of the codes have a right check digit, so they are the shop's own"
        return CheckResult(not_checked=(f"bad_code: {why}",))
    return CheckResult(selects=[bad_codes(ledger)])


def find_shared(
    ledger: FindingsStore, settings: AttributesRules, given: CheckContext
) -> CheckResult:
    """Codes on several products, of those that are left."""
    return CheckResult(selects=[shared_codes(ledger)])


STEP = Step(
    name="attributes",
    settings=AttributesRules,
    checks=CHECKS,
    detectors=(find, find_codes, find_shared),
)


_TYPICAL = 0.9  # of a shelf says most of what is common there: the rest does not count
_NOTHING = "'', '-', '--', 'n/a', 'na', 'null', 'nan', 'unknown', '无', '未知', '暂无', '待定'"
"""How a form that asks for a value is answered by those who have none."""


def _said(ledger: FindingsStore) -> str:
    """One row an attribute a product: ``import_id, line, category, key, name, value, is_text``.

    ``key`` is the spelling that all spellings of one name share. An object with one name twice is
    no JSON that two readers agree on, and is left out.
    """
    return _SAID(
        key_sql=key_sql("entry.key"), rows=ledger.rows("category", "attributes"), nothing=_NOTHING
    )


_ONCE = """
    SELECT import_id, line, category, key, min(name) AS name, count(*) AS n_said
    FROM said GROUP BY import_id, line, category, key"""
"""One row an attribute a product, however often it says it: distinct counts of millions do not spill, this does."""


def _missing(ledger: FindingsStore, settings: AttributesRules) -> str:
    """Rows whose attributes could not be read are not asked for them a second time.

    What a shelf usually says is learned from products that say most of it: a few empty listings and
    strangers on the shelf would else look as if an attribute that one product lost were optional.
    """
    of = settings
    return _MISSING(
        rows=ledger.rows("category"),
        is_unread=is_no_object("attributes"),
        min_rows=of.min_rows,
        typical=_TYPICAL,
        min_share=of.min_share,
    )


def _twice() -> str:
    return _TWICE()


def _variants(ledger: FindingsStore) -> str:
    return _VARIANTS(rows=ledger.rows("variants"), key_sql=key_sql("entry.key"))
