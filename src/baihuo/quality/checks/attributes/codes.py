"""Bar codes: EAN, UPC and GTIN, whose last digit checks the others (GS1 modulo 10)."""

from __future__ import annotations

from baihuo.engine.sql_files import sql_file
from baihuo.quality.engine.findings import FindingsStore

_BAD_CODES = sql_file(__file__, "bad_codes")
_SHARED_CODES = sql_file(__file__, "shared_codes")

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
    return _BAD_CODES(is_bad=is_bad, each_code=_each_code(ledger))


def shared_codes(ledger: FindingsStore) -> str:
    """SELECT of findings: codes that several product ids carry, leading zeros apart."""
    return _SHARED_CODES(is_bar_code=_is_bar_code("digits"), each_code=_each_code(ledger))
