"""Fields of a product that are lists or objects: category, codes, images, attributes, variants."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from baihuo.connect.column_matching import ATTRIBUTE_PREFIXES
from baihuo.connect.row_validation import RowError, UnreadableValue, withholding
from baihuo.core import CATEGORY_SEPARATOR, PRODUCTS

_LIST = re.compile(r"(?:(?<!\s)[^\S\n]++)?[|;\n]\s*+|(?:(?<!\s)\s++)?,\s++")
_LEVELS = re.compile(r"(?:(?<!\s)\s++)?(?:>|/|\||›|»)\s*+")
_VARIANT_NUMBERS = ("price_minor", "stock_units")
_DIGITS = re.compile(r"[+-]?[0-9]{1,16}")
_MAX_EXACT = 2**53 - 1  # whole numbers that every reader of JSON holds exactly
_N_ERRORS = 5  # of :func:`errors`
_NUMBER_FIX = (
    "write whole numbers below 2^53: prices in the smallest unit of the currency, stock in pieces"
)


class _Unusable(ValueError):
    """The cell cannot be parsed; becomes a row error."""


def list_of(cell: str) -> list[str]:
    """A JSON list, or texts between ``|``, ``;``, new lines or a comma with a space.

    >>> list_of('["0884420588030"]'), list_of("a.jpg | b.jpg")
    (['0884420588030'], ['a.jpg', 'b.jpg'])
    """
    if cell.startswith("["):
        found = _json(cell)
        if not isinstance(found, list):
            raise _Unusable
        return [t for v in found if v is not None and (t := _text(v))]
    return [t for t in _LIST.split(cell) if t]


def category_of(cell: str) -> str | None:
    """A path from broad to narrow: a JSON list, levels between ``>``, ``/`` or ``|``, or dots.

    >>> category_of("Electronics > Phones"), category_of("appliances.environment.water_heater")
    ('Electronics > Phones', 'appliances > environment > water_heater')
    """
    if cell.startswith("["):
        levels = list_of(cell)
    else:
        levels = [t for t in _LEVELS.split(cell) if t]
        if len(levels) == 1 and re.fullmatch(r"[\w-]+(\.[\w-]+)+", cell):
            levels = cell.split(".")
    return CATEGORY_SEPARATOR.join(levels) or None


def attributes_of(cell: str | None, extra: Mapping[str, str] | None = None) -> str:
    """A JSON object of scalar values, extended by ``extra`` columns."""
    found = _json(cell) if cell else {}
    if not isinstance(found, dict):
        raise _Unusable
    plain = {k: p for k, v in found.items() if k and (p := _plain(v)) is not None}
    plain |= {k: v for k, v in (extra or {}).items() if k not in plain}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def variants_of(cell: str, *, has_prices: bool = True) -> tuple[str, list[tuple[str, str]]]:
    """A JSON list of variants, each with an id; and the numbers in it that cannot be read, as (field, value).

    Args:
        has_prices: false where the currency of the product cannot be read: an amount of unknown currency is no price.

    >>> variants_of('[{"id": "s", "price_minor": "free"}]')[1]
    [('variants[s].price_minor', 'free')]
    """
    found = _json(cell)
    if not isinstance(found, list):
        raise _Unusable
    unreadable: list[tuple[str, str]] = []
    made = [_variant(v, unreadable) for v in found]
    if not has_prices:
        made = [variant | {"price_minor": None} for variant in made]
    return json.dumps(made, ensure_ascii=False), unreadable


def _variant(found: Any, unreadable: list[tuple[str, str]]) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise _Unusable
    given = found.get("variant_id", found.get("id", found.get("sku")))
    if given is None or not (variant_id := _text(given)):
        raise _Unusable
    variant: dict[str, Any] = {
        "variant_id": variant_id,
        "attributes": json.loads(attributes_of(json.dumps(found.get("attributes") or {}))),
        "codes": list_of(json.dumps(found.get("codes") or [])),
    }
    for name in _VARIANT_NUMBERS:
        given = found.get(name)
        variant[name] = _whole(given)
        if variant[name] is None and given not in (None, ""):
            unreadable.append((f"variants[{variant_id}].{name}", _text(given)))
    return variant


def _whole(given: Any) -> int | None:
    """A whole number that every reader of JSON holds exactly, given as a number or as text; None where it is none.

    >>> _whole(1299), _whole("1299"), _whole(1299.0), _whole(12.5), _whole("free"), _whole(True)
    (1299, 1299, 1299, None, None, None)
    """
    if (isinstance(given, str) and _DIGITS.fullmatch(given.strip())) or (
        isinstance(given, float) and given.is_integer()
    ):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or abs(given) > _MAX_EXACT:
        return None
    return given


def _plain(value: Any) -> str | float | bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_EXACT else str(value)  # a code, or a telephone number
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return ", ".join(t for v in value if (t := _text(v))) or None
    return (_text(value) or None) if value is not None else None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return json.dumps(value, ensure_ascii=False)


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as why:  # a thousand levels are damage, or an attack
        raise _Unusable from why


def errors(sources: Mapping[str, str]) -> tuple[RowError, ...]:
    """Row errors of :func:`parse_nested`, in its order. SQL never finds them (``predicate`` is false)."""
    fixes = {
        "category": "write a path such as Electronics > Phones, or a JSON list",
        "codes": "write a JSON list of texts, or texts between |",
        "images": "write a JSON list of addresses, or addresses between |",
        "attributes": 'write a JSON object, as in {"Colour": "Red"}',
        "variants": "write a JSON list of objects with a variant_id",
    }
    return tuple(
        RowError(name, sources.get(name), "bad_json", fix, "false") for name, fix in fixes.items()
    )


def parse_nested(
    typed: pa.Table, rows: pa.Table, errors: Sequence[RowError]
) -> tuple[pa.Table, list[UnreadableValue]]:
    """The typed products with their nested fields parsed, and the numbers of variants that are withheld.

    A cell that cannot be parsed sets the row's ``error``, if it has none yet, to the number of its error. A price or a stock
    of a variant that is no number costs that variant the value, not the product its row.

    Args:
        errors: of the block, those of :func:`errors` last.
    """
    first_error = len(errors) - _N_ERRORS
    error = typed["error"].to_pylist()
    parsers: tuple[tuple[str, Callable[[str], Any]], ...] = (
        ("category", category_of),
        ("codes", list_of),
        ("images", list_of),
    )
    for place, (name, parse) in enumerate(parsers):
        typed = _parsed_column(typed, name, parse, error, first_error + place)
    extras = _attribute_columns(rows)
    if extras or "attributes" in typed.column_names:
        made = _attributes(typed, extras, error, first_error + 3)
    else:
        made = pa.array(["{}"] * typed.num_rows, pa.string())
    typed = _set(typed, "attributes", made)
    typed, unreadable = _variants(typed, error, errors)
    return _set(typed, "error", pa.array(error, pa.int32())), unreadable


def _variants(
    typed: pa.Table, error: list[int | None], errors: Sequence[RowError]
) -> tuple[pa.Table, list[UnreadableValue]]:
    if "variants" not in typed.column_names:
        return typed, []
    number = len(errors) - 1
    of_currency = sum(1 << bit for bit, e in withholding(errors) if e.field == "currency")
    cells, bits = typed["variants"].to_pylist(), typed["withheld"].to_pylist()
    made: list[str | None] = []
    unreadable: list[UnreadableValue] = []
    for i, cell in enumerate(cells):
        has_prices = not (bits[i] or 0) & of_currency
        try:
            text, numbers = (None, []) if cell is None else variants_of(cell, has_prices=has_prices)
        except _Unusable:
            text, numbers = None, []
            error[i] = number if error[i] is None else error[i]
        made.append(text)
        unreadable += [UnreadableValue(i, *of, "bad_number", _NUMBER_FIX) for of in numbers]
    return _set(typed, "variants", pa.array(made, pa.string())), unreadable


def _parsed_column(
    typed: pa.Table, name: str, parse: Callable[[str], Any], error: list[int | None], number: int
) -> pa.Table:
    if name not in typed.column_names:
        return typed
    made: list[Any] = []
    for i, cell in enumerate(typed[name].to_pylist()):
        try:
            made.append(None if cell is None else parse(cell))
        except _Unusable:
            made.append(None)
            error[i] = number if error[i] is None else error[i]
    return _set(typed, name, pa.array(made, PRODUCTS.field(name).type))


def _attributes(
    typed: pa.Table, extras: dict[str, list[str]], error: list[int | None], number: int
) -> pa.Array:
    has_column = "attributes" in typed.column_names
    cells = typed["attributes"].to_pylist() if has_column else [None] * typed.num_rows
    made: list[str | None] = []
    for i, cell in enumerate(cells):
        extra = {k: v[i] for k, v in extras.items() if v[i]}
        try:
            made.append(attributes_of(cell, extra))
        except _Unusable:
            made.append(None)
            error[i] = number if error[i] is None else error[i]
    return pa.array(made, pa.string())


def _attribute_columns(rows: pa.Table) -> dict[str, list[str]]:
    """Columns such as ``attribute.Colour``, by the name after the prefix."""
    found = {}
    for column in rows.column_names:
        prefix = next((p for p in ATTRIBUTE_PREFIXES if column.lower().startswith(p)), None)
        if prefix is not None and column[len(prefix) :]:
            cells = rows[column].cast(pa.string()).to_pylist()
            found[column[len(prefix) :]] = [(c or "").strip() for c in cells]
    return found


def _set(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    at = table.schema.get_field_index(name)
    if at < 0:
        return table.append_column(name, column)
    return table.set_column(at, name, column)
