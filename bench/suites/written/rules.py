"""Queries written by hand, and the rules that grade a whole catalogue for each.

A catalogue is a YAML file: sets, each with its classes of queries. A query that is not sold stands there alone; another has
``query`` and rules: a product is right (grade 2) if any condition under ``right`` holds for it, else close (1) if any under
``close`` holds, else 0. A condition is an object, and all of its fields must hold:

title, text, brand, model   a regular expression, or a list of them, all found there; upper and lower case are the same.
                            ``text`` is the title, the description and the values of attributes
not_title, not_text, …      none of them is found there
attributes                  attribute → a regular expression, ``[low, high]`` (ends included), or true or false
price                       ``[low, high]`` in the currency of the catalogue, ends included

``{name}`` in an expression stands for the one of that name under ``patterns``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from baihuo.core import Product

LANGUAGES = ("en", "zh")
SETS = ("choose", "report")
RIGHT, CLOSE = 2, 1
FOLDER = Path(__file__).parent
_NAME = re.compile(r"\{([^\W\d]\w*)\}")
_PATTERNED = ("title", "text", "brand", "model")
_KEYS = {*_PATTERNED, *(f"not_{k}" for k in _PATTERNED), "attributes", "price"}

Condition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A query with its rules; one that is not sold has none."""

    id: str
    query_class: str
    query: str
    is_sold: bool
    right: tuple[Condition, ...] = ()
    close: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules can ask of a product."""

    product_id: str
    title: str
    text: str
    brand: str
    model: str
    price: float | None
    attributes: Mapping[str, str | float | bool]


def facts(product: Product) -> Facts:
    """What rules can ask of a product."""
    values = (v for v in product.attributes.values() if isinstance(v, str))
    parts = (product.title, product.description_en, product.description_zh, *values)
    price = product.price_minor
    return Facts(
        product.product_id,
        product.title,
        " ".join(p for p in parts if p),
        product.brand or "",
        product.model or "",
        None if price is None else price / 100,
        product.attributes,
    )


def read_set(path: Path, name: str) -> list[Written]:
    """The queries of a set of a catalogue's file.

    Raises:
        ValueError: an entry is no query; names it and the field.
    """
    content = yaml.safe_load(path.read_text("utf-8"))
    patterns = content["patterns"]
    return [
        _written(one, query_class, f"{path.stem}-{name}-{query_class}-{at}", patterns)
        for query_class, queries in content[name].items()
        for at, one in enumerate(queries, 1)
    ]


def grades(query: Written, catalogue: Sequence[Facts]) -> dict[str, int]:
    """Product → grade, without those of grade 0."""
    found = {}
    for product in catalogue:
        if any(holds(c, product) for c in query.right):
            found[product.product_id] = RIGHT
        elif any(holds(c, product) for c in query.close):
            found[product.product_id] = CLOSE
    return found


def holds(condition: Condition, product: Facts) -> bool:
    """Whether all fields of the condition hold for the product."""
    for key, wanted in condition.items():
        if key == "price":
            if not _within(wanted, product.price):
                return False
        elif key == "attributes":
            if not all(_is_value(w, product.attributes.get(n)) for n, w in wanted.items()):
                return False
        else:
            here = getattr(product, key.removeprefix("not_"))
            found = (re.search(p, here, re.IGNORECASE) is not None for p in _patterns(wanted))
            if any(found) if key.startswith("not_") else not all(found):
                return False
    return True


def _patterns(wanted: object) -> list[str]:
    return [wanted] if isinstance(wanted, str) else list(wanted)  # type: ignore[call-overload]


def _within(wanted: Sequence[float], value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and wanted[0] <= value <= wanted[1]  # type: ignore[operator]


def _is_value(wanted: object, value: object) -> bool:
    if isinstance(wanted, bool):
        return value is wanted
    if isinstance(wanted, str):
        return isinstance(value, str) and re.search(wanted, value, re.IGNORECASE) is not None
    return _within(wanted, value)  # type: ignore[arg-type]


def _written(one: Any, query_class: str, query_id: str, patterns: Mapping[str, str]) -> Written:
    line = {"query": one} if isinstance(one, str) else _expanded(one, patterns)
    right, close = (tuple(line.get(k, ())) for k in ("right", "close"))
    is_sold = not isinstance(one, str)
    wrong = [*(set(line) - {"query", "right", "close"}), *_faults((*right, *close))]
    if wrong or is_sold != bool(right) or not line["query"].strip():
        raise ValueError(
            f"{query_id}: {wrong or 'a query has rules under right, or stands alone'}; see {__name__}"
        )
    return Written(query_id, query_class, line["query"], is_sold, right, close)


def _expanded(value: Any, patterns: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {k: _expanded(v, patterns) for k, v in value.items()}
    if isinstance(value, list):
        return [_expanded(v, patterns) for v in value]
    while isinstance(value, str) and (names := _NAME.findall(value)):
        for name in names:
            value = value.replace(f"{{{name}}}", patterns[name])
    return value


def _faults(conditions: Sequence[Condition]) -> Iterator[str]:
    for condition in conditions:
        if not condition:
            yield "an empty condition holds for every product"
        yield from set(condition) - _KEYS
        values = condition.get("attributes", {}).values()
        wanted = [v for k, v in condition.items() if k not in ("price", "attributes")]
        for pattern in (p for w in wanted for p in _patterns(w)):
            re.compile(pattern)
        for value in values:
            if isinstance(value, str):
                re.compile(value)
