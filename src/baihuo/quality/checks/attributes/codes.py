"""Bar codes: EAN, UPC and GTIN, whose last digit checks the others (GS1 modulo 10)."""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore

_BAD_CODE = sql_file(__file__, "bad_code")
_SHARED_CODE = sql_file(__file__, "shared_code")

# 6.90123E+12: a spreadsheet took the code for a number and kept six digits of it
_ROUNDED = r"\s*[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,2}\s*"
_LENGTHS = "8, 12, 13, 14"


def _digits(code: str) -> str:
    """SQL: the code without spaces and hyphens."""
    return f"regexp_replace({code}, '[\\s\\-]+', '', 'g')"


def _is_bar_code(digits: str) -> str:
    return f"(regexp_full_match({digits}, '[0-9]+') AND length({digits}) IN ({_LENGTHS}))"


def _has_valid_check_digit(digits: str) -> str:
    """SQL: whether the check digit is right, and the code is not one digit repeated.

    From the right, every second digit counts three times; the sum must be a multiple of 10.
    """
    padded = f"lpad({digits}, 14, '0')"
    total = " + ".join(
        f"{3 if digit_no % 2 else 1} * CAST(substr({padded}, {digit_no}, 1) AS INTEGER)"
        for digit_no in range(1, 15)
    )
    is_placeholder = f"{digits} = repeat(left({digits}, 1), length({digits}))"
    return f"(({total}) % 10 = 0 AND NOT {is_placeholder})"


def _each_code(findings: FindingsStore) -> str:
    return (
        f"(SELECT *, {_digits('code')} AS digits FROM "
        f"(SELECT import_id, line, product_id, codes, unnest(codes) AS code FROM {findings.rows('product_id', 'codes')}))"
    )


def has_codes(findings: FindingsStore) -> bool:
    """Whether any product has a code."""
    select = f"SELECT 1 FROM {findings.rows('codes')} WHERE len(codes) > 0 LIMIT 1"
    return findings.tables.sql(select, out=None, **findings.inputs()).num_rows > 0


def are_mostly_bar_codes(findings: FindingsStore, min_valid: float) -> bool:
    """Whether most codes with the length of a bar code have a right check digit; true where there are none."""
    counts = findings.tables.sql(
        f"SELECT count(*) AS n, count(*) FILTER (CASE WHEN {_is_bar_code('digits')} THEN {_has_valid_check_digit('digits')} END) "
        f"AS n_valid FROM {_each_code(findings)} WHERE {_is_bar_code('digits')}",
        out=None,
        **findings.inputs(),
    ).to_pylist()[0]
    return bool(counts["n_valid"] >= min_valid * counts["n"])


def bad_code(findings: FindingsStore) -> str:
    """SELECT of findings: the list of codes without those whose check digit is wrong."""
    is_bad = (
        f"CASE WHEN {_is_bar_code('digits')} THEN NOT {_has_valid_check_digit('digits')} "
        f"ELSE regexp_full_match(code, '{_ROUNDED}') END"
    )
    found = _BAD_CODE(is_bad=is_bad, each_code=_each_code(findings))
    return finding_sql(found, "bad_code", action="repair", field="'codes'", new="new")


def shared_code(findings: FindingsStore) -> str:
    """SELECT of findings: codes that several product ids or several variants of one have, leading zeros ignored."""
    variants = (
        f"SELECT import_id, line, product_id, unnest(json_extract(variants, '$[*]')) AS variant FROM {findings.rows('product_id', 'variants')} "
        "WHERE contains(variants, '\"codes\"') AND json_valid(variants)"
    )
    of_variants = (
        "SELECT import_id, line, product_id, variant ->> 'variant_id' AS variant, "
        f"unnest(json_extract_string(variant, '$.codes[*]')) AS code FROM ({variants})"
    )
    each_code = (
        f"(SELECT import_id, line, product_id, NULL AS variant, digits FROM {_each_code(findings)} UNION ALL "
        f"SELECT import_id, line, product_id, variant, {_digits('code')} FROM ({of_variants}))"
    )
    found = _SHARED_CODE(is_bar_code=_is_bar_code("digits"), each_code=each_code)
    return finding_sql(found, "shared_code", field="'codes'")
