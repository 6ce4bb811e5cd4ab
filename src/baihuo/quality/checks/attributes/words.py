"""Titles that name another value of an attribute, or another brand, than the product has.

Which words can be trusted is counted: of the titles with the word "red", how many belong to products
whose colour is red? Only where nearly all do, a title with the word and another colour is told. So
"orange" in the name of a juice, or the brand of the phone that a case is made for, tell nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from baihuo.core.tables import CATEGORY_SEPARATOR
from baihuo.quality.checks.attributes.synonyms import COLOURS
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import CheckResult

if TYPE_CHECKING:
    from pathlib import Path

    from baihuo.quality.checks.attributes.settings import AttributesRules

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
    return f"""
        SELECT * FROM (
            SELECT import_id, line, {_ROOT} AS scope, key, name, {_plain("value")} AS value
            FROM said WHERE is_text AND length(value) BETWEEN 2 AND 24 AND regexp_matches(value, '\\p{{L}}')
            UNION ALL
            SELECT import_id, line, '', 'brand', '', {_plain("brand")} FROM {ledger.rows("brand")}
            WHERE length(brand) BETWEEN 2 AND 40)
        WHERE length(value) > 1"""


def _forms(settings: AttributesRules) -> str:
    """How titles write a value: as it is, and colours in the other language."""
    pairs = ", ".join(f"('{en}', '{zh}')" for en, zhs in COLOURS.items() for zh in zhs)
    return f"""
        WITH colours(en, zh) AS (VALUES {pairs}),
        counted AS (SELECT scope, key, value, count(*) AS n FROM facts GROUP BY scope, key, value),
        kinds AS (SELECT scope, key FROM counted GROUP BY scope, key
                  HAVING key = 'brand' OR count(*) <= {_MAX_VALUES}),
        vocabulary AS (SELECT scope, key, value FROM counted SEMI JOIN kinds USING (scope, key)
                       WHERE n >= {max(2, settings.min_rows // 4)})
        SELECT scope, key, value, value AS form FROM vocabulary
        UNION SELECT scope, key, value, zh FROM vocabulary JOIN colours ON value = en
        UNION SELECT scope, key, value, en FROM vocabulary JOIN colours ON value = zh"""


def _named(ledger: FindingsStore) -> str:
    """``facts`` with the values that the product's title in one language names, where it names any."""
    words = r"\p{Han}+|(?:[^\P{L}\p{Han}]|\p{N})+"
    runs = f"regexp_extract_all(lower(title), '{words}')[:{_MAX_WORDS}]"
    return f"""
        WITH titles AS (
            SELECT import_id, line, language, {runs} AS w
            FROM (UNPIVOT {ledger.rows("title_en", "title_zh")} ON title_en, title_zh INTO NAME language VALUE title)),
        grams AS (
            SELECT import_id, line, language, unnest(list_distinct(flatten([
                w,
                [w[i] || ' ' || w[i + 1] for i in range(1, len(w))],
                [w[i] || ' ' || w[i + 1] || ' ' || w[i + 2] for i in range(1, len(w) - 1)],
                flatten([[substr(r, i, 2) for i in range(1, length(r))] for r in w if ascii(r) > 11904]),
                flatten([[substr(r, i, 3) for i in range(1, length(r) - 1)] for r in w if ascii(r) > 11904])
            ]))) AS form FROM titles),
        hits AS (SELECT import_id, line, language, form FROM grams SEMI JOIN forms USING (form))
        SELECT f.import_id, f.line, f.scope, f.key, any_value(f.name) AS name, f.value AS own,
               list_sort(list(DISTINCT forms.value)) AS named
        FROM hits JOIN facts AS f USING (import_id, line)
        JOIN forms ON forms.scope = f.scope AND forms.key = f.key AND forms.form = hits.form
        GROUP BY f.import_id, f.line, hits.language, f.scope, f.key, f.value"""


def _against(ledger: FindingsStore, settings: AttributesRules) -> str:
    """A word is trusted where it is the product's own value in most titles that have it. It tells nothing
    where titles do not say the value that the product holds either ("mini PC 3L", "PC/workstation"), nor
    where something else of the product explains it: its other connector, its brand."""
    is_brand = "key = 'brand' AND scope = ''"
    return f"""
        WITH each AS (
            SELECT *, replace(own, ' ', '') AS own_run, replace(other, ' ', '') AS other_run,
                   list_contains(named, own) AS is_own_named
            FROM (SELECT *, unnest(named) AS other FROM named)),
        parted AS (
            SELECT *, is_own_named OR own_run = other_run OR contains(' ' || own || ' ', ' ' || other || ' ')
                      OR contains(' ' || other || ' ', ' ' || own || ' ') AS agrees
            FROM each),
        trusted AS (
            SELECT scope, key, other FROM parted GROUP BY scope, key, other
            HAVING count(*) FILTER (own = other) >= {settings.min_rows}
               AND count(*) FILTER (own = other)
                   >= {settings.min_agreement} * count(*) FILTER (own = other OR NOT agrees)),
        sayable AS (
            SELECT scope, key, own FROM (SELECT scope, key, own, count(DISTINCT (import_id, line)) AS n
                                         FROM named WHERE list_contains(named, own) GROUP BY scope, key, own) AS said_by
            JOIN (SELECT scope, key, value AS own, count(*) AS n FROM facts GROUP BY scope, key, own) AS held_by
            USING (scope, key, own) WHERE said_by.n >= {_SAYABLE} * held_by.n),
        suspects AS MATERIALIZED (
            SELECT * FROM parted SEMI JOIN trusted USING (scope, key, other)
            SEMI JOIN sayable USING (scope, key, own) WHERE NOT agrees),
        texts AS (
            SELECT import_id, line, key, {_plain("value")} AS value FROM said SEMI JOIN suspects USING (import_id, line)
            UNION ALL
            SELECT import_id, line, 'brand', {_plain("concat_ws(' ', brand, model)")}
            FROM {ledger.rows("brand", "model")} SEMI JOIN suspects USING (import_id, line)),
        explained AS (
            SELECT s.import_id, s.line, s.scope, s.key, s.other FROM suspects AS s JOIN texts AS t
              ON t.import_id = s.import_id AND t.line = s.line AND t.key <> s.key
            WHERE contains(replace(t.value, ' ', ''), s.other_run)),
        against AS (SELECT * FROM suspects ANTI JOIN explained USING (import_id, line, scope, key, other))
        SELECT import_id, line,
               CASE WHEN {is_brand} THEN 'brand_against_title' ELSE 'attribute_against_title' END AS rule,
               'note' AS action, CASE WHEN {is_brand} THEN 'brand' ELSE 'attributes' END AS field,
               CAST(NULL AS VARCHAR) AS new,
               CAST(to_json(struct_pack(
                    field := CASE WHEN {is_brand} THEN 'brand' ELSE min(name) END,
                    holds := min(own), title_says := list_sort(list(DISTINCT other)))) AS VARCHAR) AS detail
        FROM against GROUP BY import_id, line, scope, key"""
