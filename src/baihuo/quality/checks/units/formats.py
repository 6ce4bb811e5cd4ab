"""The usual format of an attribute in a category: a bare number, or a number with a unit behind it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from baihuo.quality.checks.units.measures import Unit, parse, written

MAX_PLACES = 4  # decimal places of a converted number; longer ones are rounded


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A value that ``n`` products of a category have for an attribute."""

    text: str
    is_text: bool
    n: int


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """A bare number (``unit`` is what it is in, where that is known), or a number with a unit behind it."""

    is_bare: bool
    is_text: bool  # a bare number that the shop writes as text
    unit: Unit | None
    dimension: str | None  # what the attribute's name says it measures
    certain_dimension: str | None  # what the name ends in, which it measures in any case
    spelling: str  # " ml", "GB": what stands behind the number, space included
    has_point: bool  # 500.0 rather than 500
    numbers: frozenset[Fraction]  # those that several products have
    low: Fraction
    high: Fraction

    def write(self, number: Fraction) -> str:
        """The number in this format, as JSON."""
        if not self.is_bare:
            return json.dumps(short(number) + self.spelling, ensure_ascii=False)
        text = short(number)
        if self.is_text:
            return json.dumps(text)
        return f"{text}.0" if self.has_point and "." not in text else text


def usual_format(
    values: Sequence[AttributeValue],
    bare_unit: Unit | None,
    *,
    dimension: str | None,
    certain_dimension: str | None,
    min_rows: int,
    min_share: float,
) -> ValueFormat | None:
    """The format of at least ``min_share`` of the products; None where there is none, or too few products."""
    spellings: Counter[tuple[str, str]] = Counter()
    units: Counter[str] = Counter()
    parsed: list[tuple[AttributeValue, Fraction, str]] = []
    for value in values:
        if (bare := plain_number(value)) is not None:
            kind, number = "text" if value.is_text else "number", bare
            spellings[kind, ""] += value.n
        elif value.is_text and (measure := parse(value.text)) is not None:
            kind, number = measure.unit.name, measure.number
            spellings[kind, text_behind(value.text)] += value.n
        else:
            continue
        units[kind] += value.n
        parsed.append((value, number, kind))
    total = sum(units.values())
    if total < min_rows:
        return None
    kind, n = min(units.items(), key=lambda item: (-item[1], item[0]))
    if n < min_share * total:
        return None
    same = [(value, number) for value, number, k in parsed if k == kind]
    spelling = min(
        ((s, c) for (k, s), c in spellings.items() if k == kind), key=lambda i: (-i[1], i[0])
    )
    is_bare = kind in ("number", "text")
    measure = None if is_bare else parse(f"1{spelling[0]}")
    counted: Counter[Fraction] = Counter()
    for value, number in same:
        counted[number] += value.n
    return ValueFormat(
        is_bare=is_bare,
        is_text=kind == "text",
        unit=bare_unit if is_bare else measure.unit if measure else None,
        dimension=dimension,
        certain_dimension=certain_dimension,
        spelling=spelling[0],
        has_point=2 * sum(f.n for f, _ in same if f.text.endswith(".0")) > n,
        numbers=frozenset(v for v, c in counted.items() if c >= 3),
        low=min(v for _, v in same),
        high=max(v for _, v in same),
    )


def plain_number(value: AttributeValue) -> Fraction | None:
    """The value as a number; None where it is anything else."""
    if not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", value.text, re.ASCII):
        return None
    return Fraction(value.text)


def text_behind(text: str) -> str:
    """The text behind the number, with its space."""
    match = re.search(r"[\d½¼¾０-９]([^\d½¼¾０-９]*)$", text)
    return match[1].rstrip().rstrip(".") if match else ""


def short(number: Fraction) -> str:
    """The number with at most :data:`MAX_PLACES` decimal places."""
    text = written(number)
    if "/" in text or len(text.partition(".")[2]) > MAX_PLACES:
        return written(Fraction(round(number * 10**MAX_PLACES), 10**MAX_PLACES))
    return text
