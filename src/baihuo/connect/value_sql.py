"""SQL for the value of a cell, by the type of the field and of the column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from baihuo.connect.column_matching import EVENT_TYPES, Field, folded
from baihuo.engine import sql_text

EMPTY_IDS = ("nan", "NaN", "NULL", "null", "None", "\\N")  # how exporters write an empty id
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND".split()
FIRST_US, LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999  # years 1 to 9999
_EXACT_FLOAT = 2**53  # whole numbers up to here are exact as floats
_NARROW_BELOW = 10**9  # amounts below, times 1000, fit a DECIMAL(18, 6)


@dataclass(frozen=True, slots=True)
class Value:
    """SQL for a value, null where the cell has none; ``reason`` and ``fix`` of the row error, if that is one."""

    sql: str
    fix: str = ""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about the columns of a block, which make the query simpler."""

    zoneless: frozenset[str] = frozenset()  # columns where every text is a time without a zone
    event_types: frozenset[str] = frozenset()  # every spelling that occurs
    currencies: frozenset[str] = frozenset()


def is_text(arrow: pa.DataType) -> bool:
    """Whether a column holds text, plain or dictionary-encoded."""
    if pa.types.is_dictionary(arrow):
        return is_text(arrow.value_type)
    return bool(pa.types.is_string(arrow) or pa.types.is_large_string(arrow))


_NO_LISTING_TIME = "[0-9]{4,7}([.][0-9]*)?"
"""A spreadsheet's days since 1899, a year, a year and month: as seconds since 1970 they would be before May of that year."""


def value_of(field: Field, arrow: pa.DataType, source: str, facts: Facts) -> Value:
    """The value of the cell ``g_<field>``. Money is in whole units: see :func:`money`."""
    g = f"g_{field.name}"
    match field.type:
        case "id":
            return Value(_id(g, arrow))
        case "text":
            return Value(g if is_text(arrow) else f"CAST({g} AS VARCHAR)")
        case "json":
            return Value(g if is_text(arrow) else f"CAST(to_json({g}) AS VARCHAR)")
        case "event_type":
            fix = f"use one of {', '.join(EVENT_TYPES)} (or a common name of it)"
            return Value(_event_type(g, facts.event_types), fix, "bad_event_type")
        case "time":
            fix = "write it as 2024-05-01T12:30:00Z, or as seconds, milliseconds or microseconds since 1970"
            sql = (
                f"epoch_us(TRY_CAST({g} AS TIMESTAMP))"
                if source in facts.zoneless
                else _time(g, arrow, source)
            )
            if field.name in ("released_at_us", "updated_at_us"):
                sql = f"CASE WHEN regexp_full_match(CAST({g} AS VARCHAR), '{_NO_LISTING_TIME}') THEN NULL ELSE {sql} END"
                fix += "; a sheet's number of days (45363), a year, or 20240501 is none: format the column as a date"
            return Value(sql, fix, "bad_time")
        case "whole":
            return Value(_whole(g, arrow), "write a whole number, or leave it empty", "bad_number")
        case "small":
            sql = f"TRY_CAST({_whole(g, arrow)} AS INTEGER)"
            return Value(sql, "write a whole number below 2^31, or leave it empty", "bad_number")
        case "number":
            return Value(_number(g, arrow), "write a number, or leave it empty", "bad_number")
        case "money":
            fix = "write a plain decimal below 10^12 such as 1299.90, or leave it empty"
            return Value(_amount(g, arrow), fix, "bad_number")
        case "consent":
            return Value(_consent(g), "write granted or denied, or leave it empty", "bad_consent")
        case "currency":
            fix = "write three letters of ISO 4217, such as EUR"
            return Value(_currency(g, facts.currencies), fix, "bad_currency")


def money(
    amount: Value, arrow: pa.DataType, currency: str | None, currencies: frozenset[str]
) -> Value:
    """An amount in whole units of a currency as minor units (ISO 4217 decimals).

    ``currency`` is SQL for the row's currency, ``currencies`` those that occur; unknown ones have two
    decimals, as nearly all do. A telephone number in this column is a large number, not an error.
    """
    cases = []
    for codes, factor in ((_NO_DECIMALS, 1), (_THREE_DECIMALS, 1000)):
        if spelled := [c for c in currencies if c.upper() in codes]:
            cases.append(f"WHEN {currency} IN {_texts(spelled)} THEN {factor}")
    by = f"CASE {' '.join(cases)} ELSE 100 END" if cases else "100"
    whole = f"TRY_CAST(round(({amount.sql}) * {by}) AS BIGINT)"
    if not pa.types.is_floating(arrow):  # narrow decimals overflow, wide ones are six times slower
        wide = f"TRY_CAST(round(CAST(({amount.sql}) AS DECIMAL(38, 6)) * {by}) AS BIGINT)"
        whole = f"CASE WHEN abs({amount.sql}) < {_NARROW_BELOW} THEN {whole} ELSE {wide} END"
    return Value(whole, amount.fix, amount.reason)


_CONSENT = {
    "granted": "granted grant allowed allow yes y true t 1 opt_in optin",
    "denied": "denied deny refused refuse no n false f 0 opt_out optout withdrawn",
}


def _consent(g: str) -> str:
    """Granted or denied, as tools write it; null for everything else. An object, as GA4 sends it, is denied where any of its
    purposes is: such an event is not learned from, whichever purpose it was."""
    given = f"lower(trim(CAST({g} AS VARCHAR)))"
    cases = [f"WHEN {given} IN {_texts(words.split())} THEN '{c}'" for c, words in _CONSENT.items()]
    for state, words in (("denied", "denied|false"), ("granted", "granted|true")):
        is_state = f"regexp_matches({given}, ':\\s*\"?({words})\\b')"
        cases.append(f"WHEN {given}[1] = '{{' AND {is_state} THEN '{state}'")
    return f"CASE {' '.join(cases)} END"


def _texts(values: Iterable[str]) -> str:
    """SQL for a list of text constants, in a fixed order."""
    return f"({', '.join(map(sql_text, sorted(values)))})"


def _id(g: str, arrow: pa.DataType) -> str:
    if is_text(arrow):
        return f"CASE WHEN {g} IN {_texts(EMPTY_IDS)} THEN NULL ELSE {g} END"
    if pa.types.is_floating(arrow):  # pandas turns whole numbers into floats where a cell is empty
        return (
            f"CASE WHEN isnan({g}) THEN NULL WHEN {g} = trunc({g}) AND abs({g}) < {_EXACT_FLOAT}"
            f" THEN CAST(CAST({g} AS BIGINT) AS VARCHAR) ELSE CAST({g} AS VARCHAR) END"
        )
    return f"CAST({g} AS VARCHAR)"


_TYPE_OF = {
    folded(name): ours for ours, names in EVENT_TYPES.items() for name in (ours, *names.split())
}


def _event_type(g: str, spellings: frozenset[str]) -> str:
    found: dict[str, list[str]] = {}
    for spelling in spellings:
        if (ours := _TYPE_OF.get(folded(spelling))) is not None:
            found.setdefault(ours, []).append(spelling)
    cases = [f"WHEN {g} IN {_texts(same)} THEN '{ours}'" for ours, same in sorted(found.items())]
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


def _time(g: str, arrow: pa.DataType, source: str) -> str:
    if pa.types.is_timestamp(arrow):  # times outside the calendar are infinite: see times_to_us
        return f"CASE WHEN isfinite({g}) THEN epoch_us({g}) END"
    if pa.types.is_integer(arrow):
        return _epoch(f"TRY_CAST({g} AS BIGINT)", source)
    if pa.types.is_floating(arrow) or pa.types.is_decimal(arrow):
        return _epoch_float(f"TRY_CAST({g} AS DOUBLE)", source)
    if not is_text(arrow):
        return "NULL"
    zoned = (
        f"TRY_CAST({g} AS TIMESTAMPTZ)"  # the engine's zone is UTC, so a time without zone is UTC
    )
    return (
        f"CASE WHEN {g}[5] IN ('-', '/') THEN CASE WHEN isfinite({zoned}) THEN epoch_us({zoned}) END"
        f" WHEN regexp_full_match({g}, '(19|20)[0-9]{{6}}') THEN NULL"  # a date or seconds: ambiguous
        f" WHEN regexp_full_match({g}, '[0-9]{{1,19}}') THEN {_epoch(f'TRY_CAST({g} AS BIGINT)', source)}"
        f" WHEN regexp_full_match({g}, '[0-9]+\\.[0-9]*')"
        f" THEN {_epoch_float(f'TRY_CAST({g} AS DOUBLE)', source)} END"
    )


_DATES = "19000101 AND 20991231"  # year, month and day as one number
_UNITS = {"_us": 1, "_ms": 1_000, "_s": 1_000_000, "_seconds": 1_000_000}


def _unit(source: str) -> int | None:
    """Microseconds in the unit at the end of the column's name, if it has one."""
    return next((n for end, n in _UNITS.items() if source.lower().endswith(end)), None)


def _epoch(v: str, source: str) -> str:
    """Microseconds since 1970; the unit is from the column's name, else from the magnitude.

    Seconds reach 1e11 in the year 5138, milliseconds passed it in 1973, and so on. 20240501 is a date or seconds: see ``_time``.
    """
    if (unit := _unit(source)) is not None:
        return f"CASE WHEN {v} BETWEEN 0 AND {LAST_US // unit} THEN {v} * {unit} END"
    return (
        f"CASE WHEN {v} < 0 OR {v} BETWEEN {_DATES} THEN NULL WHEN {v} < 100000000000 THEN {v} * 1000000"
        f" WHEN {v} < 100000000000000 THEN {v} * 1000 WHEN {v} < 100000000000000000 THEN {v}"
        f" ELSE {v} // 1000 END"
    )


def _epoch_float(v: str, source: str) -> str:
    if (unit := _unit(source)) is not None:
        return f"CASE WHEN {v} BETWEEN 0 AND {LAST_US / unit!r} THEN CAST(round({v} * {unit}) AS BIGINT) END"
    return (
        f"CASE WHEN NOT isfinite({v}) OR {v} < 0 OR {v} >= 1e18 OR {v} BETWEEN {_DATES} THEN NULL"
        f" WHEN {v} < 1e11 THEN CAST(round({v} * 1000000) AS BIGINT)"
        f" WHEN {v} < 1e14 THEN CAST(round({v} * 1000) AS BIGINT)"
        f" WHEN {v} < 1e17 THEN CAST({v} AS BIGINT) ELSE CAST({v} / 1000 AS BIGINT) END"
    )


def _whole(g: str, arrow: pa.DataType) -> str:
    if is_text(arrow):  # the cast alone rounds 12.5 and takes 0x1F and 1_000
        cast = f"TRY_CAST({g} AS BIGINT)"
        return (
            f"CASE WHEN CAST({cast} AS VARCHAR) = {g} THEN {cast}"
            f" WHEN regexp_full_match({g}, '[+-]?[0-9]{{1,19}}(\\.0*)?')"
            f" THEN TRY_CAST(TRY_CAST({g} AS DECIMAL(38, 9)) AS BIGINT) END"
        )
    if pa.types.is_integer(arrow):
        return f"TRY_CAST({g} AS BIGINT)"
    if pa.types.is_floating(arrow):
        return f"CASE WHEN isfinite({g}) AND {g} = trunc({g}) THEN TRY_CAST({g} AS BIGINT) END"
    if pa.types.is_decimal(arrow):
        return f"CASE WHEN {g} = trunc({g}) THEN TRY_CAST({g} AS BIGINT) END"
    return "NULL"


def _number(g: str, arrow: pa.DataType) -> str:
    if is_text(arrow):
        v = f"TRY_CAST({g} AS DOUBLE)"
        return f"CASE WHEN isfinite({v}) AND NOT contains({g}, '_') THEN {v} END"
    if pa.types.is_floating(arrow):
        return f"CASE WHEN isfinite({g}) THEN CAST({g} AS DOUBLE) END"
    if pa.types.is_integer(arrow) or pa.types.is_decimal(arrow):
        return f"CAST({g} AS DOUBLE)"
    return "NULL"


def _amount(g: str, arrow: pa.DataType) -> str:
    if is_text(arrow):
        return f"CASE WHEN NOT contains({g}, '_') THEN TRY_CAST({g} AS DECIMAL(18, 6)) END"
    if pa.types.is_floating(arrow):
        return f"CASE WHEN isfinite({g}) AND abs({g}) < 1e12 THEN {g} END"
    if pa.types.is_integer(arrow) or pa.types.is_decimal(arrow):
        return f"TRY_CAST({g} AS DECIMAL(18, 6))"
    return "NULL"


def _currency(g: str, spellings: frozenset[str]) -> str:
    codes = [s for s in spellings if re.fullmatch(r"[A-Za-z]{3}", s)]
    return (
        f"CASE WHEN {g} IN {_texts(codes)} THEN upper({g}) END"
        if codes
        else "CAST(NULL AS VARCHAR)"
    )
