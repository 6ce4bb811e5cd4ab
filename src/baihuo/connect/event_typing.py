"""Types a block of events, column by column, and mostly text by text.

The result is as if each row were typed by itself: ``given`` is the cell (empty is null), ``value`` its typed value; a cell with content
that has no valid value is an error of its row, or costs it the value (:class:`RowError`). A cell's value comes from the SQL of
``value_sql.py``, which runs over the distinct texts of a column; ids and texts pass through, and times of the usual layout are read
in bulk (``moments.py``). So a row costs what its codes cost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from baihuo.connect import value_sql
from baihuo.connect.coded_columns import (
    coded,
    has_text,
    is_coded,
    n_rows_of,
    padded,
    single,
    taken,
    without,
)
from baihuo.connect.column_matching import FIELDS, Field
from baihuo.connect.row_validation import RowError, withholding
from baihuo.connect.text_cells import (
    OPTIONAL_IDS,
    are_few_words,
    cut_bytes,
    distinct_texts,
    read_moments,
)
from baihuo.connect.typing_sql import WITHHOLDS, required_errors
from baihuo.connect.value_sql import EMPTY_IDS, Value, is_text
from baihuo.engine import Tables

_LONGEST_WORD = max(len(word) for word in EMPTY_IDS)
_TYPES = {
    "whole": pa.int64(),
    "small": pa.int32(),
    "number": pa.float64(),
    "time": pa.int64(),
    "money": pa.int64(),
}


@dataclass(slots=True)
class _Cells:
    """A field: its cells, the array whose values SQL is asked for (if any), and the values."""

    field: Field
    source: str
    given: pa.Array
    value: pa.Array | None = None
    asked: pa.Array | None = None
    sql: Value = dataclasses.field(default_factory=lambda: Value(""))
    odd: NDArray[np.bool_] | None = None  # rows of a time that SQL is asked for


def is_repeated(field: Field) -> bool:
    """Whether texts of a field repeat, so that codes pay: not the ids of events, not times."""
    return field.name != "event_id" and field.type not in ("time", "money")


def typed_events(
    rows: pa.Table,
    sources: Mapping[str, str],
    *,
    currency: str | None,
    event_prefix: str,
    tables: Tables,
) -> tuple[pa.Table, tuple[RowError, ...]]:
    """The typed rows of a block with ``line``, ``error`` and ``withheld`` (see ``split_by_error``), and the row errors they number.

    Args:
        rows: The block, trimmed, with ``__line__``.
        sources: Our field → the block's column.
        currency: For prices without a currency.
        event_prefix: Prefix of ids made for events without one; the line follows it.
        tables: Runs the SQL of values.
    """
    cells = {
        f.name: _given(f, sources[f.name], rows) for f in FIELDS["events"] if f.name in sources
    }
    for cell in cells.values():
        _ask(cell, cells, currency)
    _answer(cells, tables)
    errors = [*required_errors("events", sources)]
    for name, cell in cells.items():
        if cell.sql.reason is not None:
            errors.append(
                RowError(
                    name,
                    cell.source,
                    cell.sql.reason,
                    cell.sql.fix,
                    withholds=WITHHOLDS.get(name, ()),
                )
            )
    out = _columns(cells, single(rows["__line__"]), currency, event_prefix)
    unread = {name: _is_unread(cell) for name, cell in cells.items()}
    out["error"] = _error_numbers(cells, errors, unread, len(rows))
    out["withheld"] = _withheld_bits(errors, unread, len(rows))
    return pa.table(out), tuple(errors)


def _given(field: Field, source: str, rows: pa.Table) -> _Cells:
    column = single(rows[source])
    if is_text(column.type):
        if is_repeated(field):
            column = coded(column)
            column = without(column, has_text(column.dictionary, ("",)))
        else:
            column = _null_where_empty(column.cast(pa.string()))
    return _Cells(field, source, column)


def _null_where_empty(texts: pa.Array) -> pa.Array:
    found = cut_bytes(texts)
    if found is not None and len(texts) and np.diff(found[0]).min() > 0:
        return texts
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _ask(cell: _Cells, cells: Mapping[str, _Cells], currency: str | None) -> None:
    """Set what is known of a field's values without SQL, and what SQL is to be asked for."""
    of, given = cell.field, cell.given
    spellings = distinct_texts(given) if of.type in ("event_type", "currency") else frozenset()
    facts = value_sql.Facts(event_types=spellings, currencies=spellings)
    cell.sql = value_sql.value_of(of, _asked_type(given), cell.source, facts)
    if of.type == "money":
        cell.sql = value_sql.money(cell.sql, given.type, *_row_currency(cells, currency))
        cell.asked = given
    elif not is_text(given.type):
        cell.asked = given
    elif of.type in ("text", "json"):
        cell.value = given
    elif of.type == "id":
        cell.value = _ids(of.name, given)
    elif of.type == "time":
        cell.value, cell.odd = read_moments(given)
        cell.asked = given.filter(pa.array(cell.odd))
    else:
        cell.asked = given.dictionary


def _asked_type(given: pa.Array) -> pa.DataType:
    return pa.string() if is_text(given.type) else given.type


def _row_currency(
    cells: Mapping[str, _Cells], currency: str | None
) -> tuple[str | None, frozenset[str]]:
    """SQL for the currency of a row, and the currencies that occur."""
    constant = f"'{currency}'" if currency else None
    known = {currency} if currency else set()
    if "currency" not in cells:
        return constant, frozenset(known)
    column = "row_currency"
    if constant:
        column = f"coalesce({column}, {constant})"
    return column, distinct_texts(cells["currency"].given) | known


def _ids(name: str, given: pa.Array) -> pa.Array:
    """Ids without words that mean none; in a column where they are the exception a check names and removes them."""
    if not is_coded(given.type):
        found = cut_bytes(given)
        if found is not None and len(given) and np.diff(found[0]).min() > _LONGEST_WORD:
            return given
        is_word = pc.is_in(given, value_set=pa.array(EMPTY_IDS, given.type))
        return pc.if_else(is_word, None, given) if pc.any(is_word).as_py() else given
    is_gone = has_text(given.dictionary, EMPTY_IDS)
    if is_gone.any() and name in OPTIONAL_IDS:
        n_words = int(n_rows_of(given)[is_gone].sum())
        if are_few_words(n_words, len(given) - given.indices.null_count):
            return given
    return without(given, is_gone)


def _answer(cells: Mapping[str, _Cells], tables: Tables) -> None:
    """Ask SQL for the values that are left, all in one query, and spread them over the rows."""
    asked = {
        name: cell for name, cell in cells.items() if cell.asked is not None and len(cell.asked)
    }
    inputs = {f"g_{name}": cell.asked for name, cell in asked.items()}
    if any(cell.field.type == "money" for cell in asked.values()) and "currency" in cells:
        inputs["row_currency"] = cells["currency"].given
    answers = None
    if inputs:
        values = ", ".join(f"{cell.sql.sql} AS m_{name}" for name, cell in asked.items())
        answers = tables.sql(f"SELECT {values} FROM rows", rows=padded(inputs))
    for name, cell in cells.items():
        if cell.asked is None:
            continue
        if answers is None or name not in asked:
            answer = pa.nulls(0, _TYPES.get(cell.field.type, pa.string()))
        else:
            answer = single(answers[f"m_{name}"]).slice(0, len(cell.asked))
        if cell.odd is not None:
            cell.value = (
                pc.replace_with_mask(cell.value, pa.array(cell.odd), answer.cast(pa.int64()))
                if len(answer)
                else cell.value
            )
        elif is_coded(cell.given.type):
            cell.value = taken(answer, cell.given)
        else:
            cell.value = answer


def _columns(
    cells: Mapping[str, _Cells], lines: pa.Array, currency: str | None, event_prefix: str
) -> dict[str, pa.Array]:
    """The fields of the shop's schema, as far as the block has them."""
    out = {"line": lines}
    out |= {n: c.value for n, c in cells.items() if n not in ("price", "price_minor", "currency")}
    ids = out.get("event_id")
    if ids is None or ids.null_count:
        made = pc.binary_join_element_wise(event_prefix, lines.cast(pa.string()), "-")
        out["event_id"] = made if ids is None else pc.coalesce(ids, made)
    received, occurred = out.get("received_at_us"), out["occurred_at_us"]
    out["received_at_us"] = occurred if received is None else pc.coalesce(received, occurred)
    in_currency = cells.get("currency")
    if in_currency is not None:
        out["currency"] = _with_constant(in_currency, currency)
    elif currency:
        out["currency"] = pa.repeat(pa.scalar(currency), len(lines))
    amount = next((cells[n].value for n in ("price", "price_minor") if n in cells), None)
    if amount is not None:
        if in_currency is not None and (unread := _is_unread(in_currency)) is not None:
            amount = pc.if_else(pa.array(unread), None, amount)
        out["price_minor"] = amount
    return out


def _with_constant(cell: _Cells, currency: str | None) -> pa.Array:
    """The currencies, with the given one where a cell is empty."""
    if not currency or not cell.given.null_count or cell.value is None:
        return cell.value
    texts = cell.value.cast(pa.string())
    return coded(pc.if_else(cell.given.is_null(), currency, texts))


def _is_unread(cell: _Cells) -> NDArray[np.bool_] | None:
    """Rows with a cell that has content and no value; None where no row has."""
    if cell.value is None or cell.value.null_count == cell.given.null_count:
        return None
    unread = pc.and_(cell.value.is_null(), cell.given.is_valid())
    return np.asarray(unread.to_numpy(zero_copy_only=False), bool)


def _error_numbers(
    cells: Mapping[str, _Cells],
    errors: list[RowError],
    unread: Mapping[str, NDArray[np.bool_] | None],
    n_rows: int,
) -> pa.Array:
    """The index of each row's first error that refuses it; null where it has none."""
    number = np.full(n_rows, -1, np.int32)
    n_required = len(errors) - sum(1 for cell in cells.values() if cell.sql.reason is not None)
    for i in range(len(errors) - 1, -1, -1):
        error = errors[i]
        if error.withholds:
            continue
        if i < n_required:  # an id may be present and mean none; such a time is a bad time
            cell = cells[error.field]
            of = cell.value if cell.field.type == "id" else cell.given
            if of is None or not of.null_count:
                continue
            number[of.is_null().to_numpy(zero_copy_only=False)] = i
        elif (rows := unread[error.field]) is not None:
            number[rows] = i
    return pa.array(number, mask=number < 0)


def _withheld_bits(
    errors: list[RowError], unread: Mapping[str, NDArray[np.bool_] | None], n_rows: int
) -> pa.Array:
    """The errors that withhold values of a row: bit ``i`` stands for the ``i``-th of them; null where there is none."""
    bits = np.zeros(n_rows, np.int32)
    for bit, error in withholding(errors):
        if (rows := unread[error.field]) is not None:
            bits[rows] |= 1 << bit
    return pa.array(bits, mask=bits == 0)
