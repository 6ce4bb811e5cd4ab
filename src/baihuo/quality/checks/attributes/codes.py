"""Bar codes: EAN, UPC and GTIN, whose last digit checks the others (GS1 modulo 10)."""

from __future__ import annotations

from baihuo.quality.engine.findings import FindingsStore

_LENGTHS = "8, 12, 13, 14"


def _digits(code: str) -> str:
    """SQL: the code without spaces and hyphens."""
    return f"regexp_replace({code}, '[\\s\\-]+', '', 'g')"


def _is_bar_code(digits: str) -> str:
    return f"(regexp_full_match({digits}, '[0-9]+') AND length({digits}) IN ({_LENGTHS}))"


def _is_right(digits: str) -> str:
    """SQL: whether the check digit is right and the code more than one digit over and over.

    From the right, every second digit counts three times; a sum that is no multiple of 10 is wrong.
    """
    padded = f"lpad({digits}, 14, '0')"
    total = " + ".join(
        f"{3 if place % 2 else 1} * CAST(substr({padded}, {place}, 1) AS INTEGER)"
        for place in range(1, 15)
    )
    is_placeholder = f"{digits} = repeat(left({digits}, 1), length({digits}))"
    return f"(({total}) % 10 = 0 AND NOT {is_placeholder})"


def _each_code(ledger: FindingsStore) -> str:
    return (
        f"(SELECT *, {_digits('code')} AS digits FROM "
        f"(SELECT import_id, line, product_id, codes, unnest(codes) AS code FROM {ledger.rows('product_id', 'codes')}))"
    )


def has_real_codes(ledger: FindingsStore, min_valid: float) -> bool:
    """Whether codes of the length of bar codes mostly are such; true where there is none."""
    found = ledger.tables.sql(
        f"SELECT count(*) AS n, count(*) FILTER (CASE WHEN {_is_bar_code('digits')} THEN {_is_right('digits')} END) "
        f"AS n_right FROM {_each_code(ledger)} WHERE {_is_bar_code('digits')}",
        out=None,
        **ledger.inputs(),
    ).to_pylist()[0]
    return bool(found["n_right"] >= min_valid * found["n"])


def bad_codes(ledger: FindingsStore) -> str:
    """SELECT of findings: the list of codes without those whose check digit is wrong."""
    is_bad = f"CASE WHEN {_is_bar_code('digits')} THEN NOT {_is_right('digits')} ELSE false END"
    return f"""
        WITH judged AS (SELECT *, {is_bad} AS is_bad, list_position(codes, code) AS nth FROM {_each_code(ledger)}),
        sorted AS (
            SELECT import_id, line, any_value(codes) AS codes, list(code ORDER BY nth) FILTER (is_bad) AS wrong,
                   coalesce(list(code ORDER BY nth) FILTER (NOT is_bad), []) AS good
            FROM judged GROUP BY import_id, line HAVING bool_or(is_bad))
        SELECT import_id, line, 'bad_code' AS rule, 'repair' AS action, 'codes' AS field,
               CAST(good AS VARCHAR) AS new,
               CAST(to_json(struct_pack(field := 'codes', old := CAST(codes AS VARCHAR), new := CAST(good AS VARCHAR),
                    wrong := wrong)) AS VARCHAR) AS detail
        FROM sorted"""


def shared_codes(ledger: FindingsStore) -> str:
    """SELECT of findings: codes that several product ids carry, leading zeros apart."""
    return f"""
        WITH each AS MATERIALIZED (
            SELECT DISTINCT import_id, line, product_id,
                   CASE WHEN {_is_bar_code("digits")} THEN ltrim(digits, '0') ELSE lower(digits) END AS code
            FROM {_each_code(ledger)} WHERE digits <> ''),
        shared AS (SELECT code, count(DISTINCT product_id) AS n, list_sort(list(DISTINCT product_id))[:4] AS ids
                   FROM each GROUP BY code HAVING min(product_id) <> max(product_id))
        SELECT import_id, line, 'shared_code' AS rule, 'note' AS action, 'codes' AS field,
               CAST(NULL AS VARCHAR) AS new,
               CAST(to_json(struct_pack(field := 'codes', code := min_by(code, code), n_products := min_by(n, code),
                    others := min_by([i for i in ids if i <> product_id][:3], code))) AS VARCHAR) AS detail
        FROM each JOIN shared USING (code) GROUP BY import_id, line"""
