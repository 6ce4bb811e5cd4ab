"""Attributes that are missing, contradict each other, or a code that two products share.

Nothing here knows the names of attributes: what a category's products nearly always say, and which
words of a title go with which value, is counted in the shop's own catalogue.
"""

from __future__ import annotations

from baihuo.quality.checks.attributes.codes import bad_codes, has_real_codes, shared_codes
from baihuo.quality.checks.attributes.settings import AttributesRules
from baihuo.quality.checks.attributes.synonyms import key_sql
from baihuo.quality.checks.attributes.words import contradictions
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS = (
    Check(
        name="missing_attribute",
        step="attributes",
        on="products",
        then="note",
        field="attributes",
        why="nearly all products of its category say this, and it does not: no filter will find it",
        mend="fill the attribute, or move the product if it stands on the wrong shelf",
    ),
    Check(
        name="attribute_against_title",
        step="attributes",
        on="products",
        then="note",
        field="attributes",
        why="its title names another value of this attribute than the attribute holds",
        mend="correct the title or the attribute",
    ),
    Check(
        name="brand_against_title",
        step="attributes",
        on="products",
        then="note",
        field="brand",
        why="its title names another brand and not its own, where products of both brands name theirs",
        mend="correct the brand or the title",
    ),
    Check(
        name="attribute_said_twice",
        step="attributes",
        on="products",
        then="note",
        field="attributes",
        why="two spellings of one attribute hold different values",
        mend="keep one spelling (Colour, not also color) and the right value",
    ),
    Check(
        name="variant_against_product",
        step="attributes",
        on="products",
        then="note",
        field="variants",
        why="the product says one value of an attribute, and each of its variants another",
        mend="take the attribute off the product, or correct it",
    ),
    Check(
        name="bad_code",
        step="attributes",
        on="products",
        then="repair",
        field="codes",
        why="the code's check digit is wrong, or it is a placeholder; such a code names nothing, so it is taken off",
        mend="scan the code again; a number of your own does not belong among codes",
    ),
    Check(
        name="shared_code",
        step="attributes",
        on="products",
        then="note",
        field="codes",
        why="other products carry the same code: an event that names it cannot be told apart",
        mend="correct the code, or merge the listings if they are one product",
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
    finds=(find, find_codes, find_shared),
)


_TYPICAL = 0.9  # of a shelf says most of what is common there: the rest does not count
_NOTHING = "'', '-', '--', 'n/a', 'na', 'null', 'nan', 'unknown', '无', '未知', '暂无', '待定'"
"""How a form that asks for a value is answered by those who have none."""


def _said(ledger: FindingsStore) -> str:
    """One row an attribute a product: ``import_id, line, category, key, name, value, is_text``.

    ``key`` is the spelling that all spellings of one name share. An object with one name twice is
    no JSON that two readers agree on, and is left out.
    """
    return f"""
        SELECT import_id, line, category, {key_sql("entry.key")} AS key, entry.key AS name,
               entry.value ->> '$' AS value, json_type(entry.value) = 'VARCHAR' AS is_text
        FROM (SELECT import_id, line, category,
                     unnest(map_entries(TRY_CAST(json(attributes) AS MAP(VARCHAR, JSON)))) AS entry
              FROM {ledger.rows("category", "attributes")}
              WHERE length(attributes) > 2 AND json_valid(attributes) AND json_type(attributes) = 'OBJECT')
        WHERE lower(trim(entry.value ->> '$')) NOT IN ({_NOTHING})"""


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
    return f"""
        WITH unread AS (SELECT import_id, line FROM raw WHERE NOT json_valid(attributes)),
        listed AS (SELECT * FROM {ledger.rows("category")} ANTI JOIN unread USING (import_id, line)),
        shelves AS (SELECT category, count(*) AS n FROM listed WHERE category <> ''
                    GROUP BY category HAVING count(*) >= {of.min_rows}),
        n_all AS (SELECT count(*) AS n FROM listed),
        everywhere AS (SELECT key, count(*) AS n FROM once GROUP BY key),
        common AS (
            SELECT category, key, count(*) OVER (PARTITION BY category) AS n_common
            FROM (SELECT category, key, count(*) AS n_with FROM once GROUP BY category, key)
            JOIN shelves AS s USING (category) WHERE n_with >= 0.8 * s.n),
        typical AS (
            SELECT import_id, line, category FROM once JOIN common USING (category, key)
            GROUP BY import_id, line, category HAVING count(*) >= 0.5 * any_value(n_common)),
        judges AS (
            SELECT category, s.n AS n_all, t.n AS n_typical, t.n >= {_TYPICAL} * s.n AS is_typical
            FROM shelves AS s JOIN (SELECT category, count(*) AS n FROM typical GROUP BY category) AS t USING (category)),
        usual AS (SELECT category, key, min(name) AS name, count(*) AS n,
                         count(*) FILTER (t.line IS NOT NULL) AS n_typical
                  FROM once LEFT JOIN typical AS t USING (import_id, line, category) GROUP BY category, key),
        judged AS (
            SELECT u.category, u.key, u.name, CASE WHEN is_typical THEN u.n_typical ELSE u.n END AS n_with,
                   CASE WHEN is_typical THEN j.n_typical ELSE j.n_all END AS n
            FROM usual AS u JOIN judges AS j USING (category)),
        expected AS MATERIALIZED (
            SELECT u.category, u.key, u.name, n_with / u.n AS share, n_with / u.n / (e.n / n_all.n) AS lift
            FROM judged AS u JOIN shelves AS s USING (category) JOIN everywhere AS e USING (key), n_all
            WHERE n_with < s.n AND n_with > 0 AND u.n - n_with <= ceil((1 - {of.min_share}) * u.n)),
        lacking AS (
            SELECT r.import_id, r.line, x.name, x.share, x.lift
            FROM listed AS r JOIN expected AS x USING (category)
            ANTI JOIN once ON once.import_id = r.import_id AND once.line = r.line AND once.key = x.key)
        SELECT import_id, line, 'missing_attribute' AS rule, 'note' AS action, 'attributes' AS field,
               CAST(NULL AS VARCHAR) AS new,
               CAST(to_json(struct_pack(field := 'attributes', n_missing := count(*), missing :=
                    list(struct_pack(name := name, share := round(share, 4), lift := round(lift, 1))
                         ORDER BY lift DESC, name)[:5])) AS VARCHAR) AS detail
        FROM lacking GROUP BY import_id, line"""


def _twice() -> str:
    return """
        SELECT import_id, line, 'attribute_said_twice' AS rule, 'note' AS action, 'attributes' AS field,
               CAST(NULL AS VARCHAR) AS new,
               CAST(to_json(struct_pack(field := 'attributes', said :=
                    list(struct_pack(name := name, value := left(value, 100)) ORDER BY name))) AS VARCHAR) AS detail
        FROM said SEMI JOIN (SELECT import_id, line, key FROM once WHERE n_said > 1) USING (import_id, line, key)
        GROUP BY import_id, line, key
        HAVING count(*) > 1 AND count(DISTINCT coalesce(CAST(TRY_CAST(value AS DOUBLE) AS VARCHAR),
                                                        lower(trim(value)))) > 1"""


def _variants(ledger: FindingsStore) -> str:
    return f"""
        WITH forms AS (
            SELECT import_id, line, unnest(map_entries(TRY_CAST(form -> 'attributes' AS MAP(VARCHAR, JSON)))) AS entry
            FROM (SELECT import_id, line, unnest(json_extract(variants, '$[*]')) AS form
                  FROM {ledger.rows("variants")} WHERE length(variants) > 2 AND json_valid(variants))),
        offered AS (
            SELECT import_id, line, {key_sql("entry.key")} AS key,
                   list_distinct(list(lower(trim(entry.value ->> '$')))) AS offered
            FROM forms GROUP BY import_id, line, {key_sql("entry.key")})
        SELECT s.import_id, s.line, 'variant_against_product' AS rule, 'note' AS action, 'variants' AS field,
               CAST(NULL AS VARCHAR) AS new,
               CAST(to_json(struct_pack(field := 'variants', name := s.name, product := left(s.value, 100),
                                        variants := list_sort(o.offered)[:10])) AS VARCHAR) AS detail
        FROM said AS s JOIN offered AS o USING (import_id, line, key)
        WHERE NOT list_contains(o.offered, lower(trim(s.value)))"""
