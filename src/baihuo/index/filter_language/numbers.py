"""Amounts, numbers and dates of a filter."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

from baihuo.core import fold
from baihuo.index.filter_language.bad_filter import BadFilter
from baihuo.index.filter_language.expression import Between, Exact

MAX_MINOR = 2**53 - 1
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?|-?\.\d{1,9}")
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")

Span = tuple[int | None, int | None]
"""The lowest and the highest number that pass; None: no limit."""


def is_true(text: str, value: Exact) -> bool:
    """A yes or no.

    Raises:
        BadFilter: it is neither.
    """
    folded = fold(value.text)
    if folded not in (*_TRUE, *_FALSE):
        problem = f"{value.text!r} is neither true nor false"
        raise BadFilter(text, value.at, problem, fix="write true or false")
    return folded in _TRUE


def number(text: str, value: Exact) -> Decimal:
    """A plain number.

    Raises:
        BadFilter: it is none.
    """
    found = decimal_of(value.text)
    if found is None:
        problem = f"{value.text!r} is not a number"
        raise BadFilter(text, value.at, problem, fix="write digits, such as 100 or 19.99")
    return found


def decimal_of(text: str) -> Decimal | None:
    """The number that a text is; None if it is none."""
    plain = fold(text)
    try:
        return Decimal(plain) if plain.isascii() and _NUMBER.fullmatch(plain) else None
    except InvalidOperation:
        return None


def minor_span(text: str, value: Exact | Between, n_digits: int) -> Span:
    """A price, or a range of prices, of whole units, in minor units.

    Raises:
        BadFilter: an end is not a number, or is negative, or the range is empty.
    """

    def minor(end: Exact, rounding: str) -> int:
        amount = number(text, end)
        if amount < 0:
            problem = f"{end.text!r} is below 0, and no price is"
            raise BadFilter(text, end.at, problem, fix="write 0 or more")
        scaled = (amount * 10**n_digits).to_integral_value(rounding=rounding)
        return min(int(scaled), MAX_MINOR)

    if isinstance(value, Exact):
        return minor(value, ROUND_CEILING), minor(value, ROUND_FLOOR)
    _in_order(text, value, lambda end: number(text, end))
    return (
        None if value.low is None else minor(value.low, ROUND_CEILING),
        None if value.high is None else minor(value.high, ROUND_FLOOR),
    )


def number_span(text: str, value: Between) -> tuple[Decimal | None, Decimal | None]:
    """A range of numbers.

    Raises:
        BadFilter: an end is not a number, or the range is empty.
    """
    _in_order(text, value, lambda end: number(text, end))
    ends = (value.low, value.high)
    low, high = (None if end is None else number(text, end) for end in ends)
    return low, high


def time_span(text: str, value: Exact | Between) -> Span:
    """A day, month or year, or a range of them, both ends included, in microseconds of UTC.

    Raises:
        BadFilter: an end is not a date, or the range is empty.
    """
    if isinstance(value, Exact):
        return _period(text, value)
    _in_order(text, value, lambda end: _period(text, end)[0])
    return (
        None if value.low is None else _period(text, value.low)[0],
        None if value.high is None else _period(text, value.high)[1],
    )


def _period(text: str, value: Exact) -> tuple[int, int]:
    """The first and the last microsecond of a day, month or year."""
    found = _DATE.fullmatch(fold(value.text))
    try:
        if found is None:
            raise ValueError
        year, month, day = (None if part is None else int(part) for part in found.groups())
        first = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        if day is not None:
            return _micros(first), _micros(first) + 86_400_000_000 - 1
        months = (year or 0) * 12 + (12 if month is None else month)
        after = datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
        return _micros(first), _micros(after) - 1
    except ValueError:
        problem = f"{value.text!r} is not a date"
        fix = "write 2026, 2026-11 or 2026-11-26"
        raise BadFilter(text, value.at, problem, fix=fix) from None


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def _in_order(text: str, value: Between, key: Callable[[Exact], Decimal | int]) -> None:
    if value.low is not None and value.high is not None and key(value.low) > key(value.high):
        low, high = value.low.text, value.high.text
        problem = f"the range is empty: {low} is above {high}"
        raise BadFilter(text, value.at, problem, fix=f"write [{high} TO {low}]")
