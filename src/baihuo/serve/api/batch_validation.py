"""Batches are validated row by row: valid rows are kept, invalid ones are reported with a fix."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from fastapi import Request
from pydantic import Field, ValidationError
from starlette.responses import Response

from baihuo.core import BadInput
from baihuo.serve.api.problems import MAX_LISTED, FieldProblem, field_problem, printable, problem
from baihuo.serve.traffic.bodies import ClientGone

Row = TypeVar("Row")
MAX_ROWS = 1_000
MAX_FIELDS = 100  # of one row
LISTED = f"The errors of the first {MAX_LISTED} rejected rows"
_SLICE = 50  # rows of a batch that are validated without a pause, at most
_SLICE_S = 0.01  # and for so long
_MAX_ERRORS = 50  # of one row that are listed
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


class Rejected(FieldProblem):
    """An error of a row that was not kept."""

    index: int = Field(description="0-based position of the row in the batch")


class BadField(BadInput):
    """A row that keeps to the schema and still cannot be used."""

    def __init__(self, field: str, value: object, *, what: str, fix: str) -> None:
        super().__init__(what, fix=fix)
        self.field, self.value = field, value


class ValidatedBatch(Generic[Row]):
    """The valid rows of a batch, in order, and the errors of the others."""

    def __init__(self, read: Callable[[object], Row]) -> None:
        self._read, self._n, self.n_rejected = read, 0, 0
        self.kept: list[Row] = []
        self.rejected: list[Rejected] = []  # errors of the first :data:`MAX_LISTED` rejected rows

    @property
    def n_not_listed(self) -> int:
        """Rejected rows whose errors are left out."""
        return max(0, self.n_rejected - MAX_LISTED)

    def add(self, row: object) -> None:
        """Parse a row."""
        try:
            if isinstance(row, dict) and len(row) > MAX_FIELDS:
                what = f"the row has more than {MAX_FIELDS} fields"
                fix = "leave out the fields that the schema at /docs does not have"
                raise BadField("body", None, what=what, fix=fix)
            self.kept.append(self._read(row))
        except (ValidationError, BadField) as error:
            self.n_rejected += 1
            if self.n_rejected <= MAX_LISTED:
                errors = _errors_of(error)
                self.rejected += [Rejected(index=self._n, **p.model_dump()) for p in errors]
        self._n += 1


def validate_batch(rows: Iterable[object], read: Callable[[object], Row]) -> ValidatedBatch[Row]:
    """Parse each row with ``read``. A row that fails is rejected alone.

    Args:
        rows: As they came in the JSON.
        read: Parses one row; raises ``ValidationError`` or :class:`BadField`.
    """
    batch = ValidatedBatch(read)
    for row in rows:
        batch.add(row)
    return batch


async def validate_in_slices(
    rows: Sequence[object],
    read: Callable[[object], Row],
    *,
    is_gone: Callable[[], Awaitable[bool]] | None = None,
) -> ValidatedBatch[Row]:
    """As :func:`validate_batch`; between slices the event loop turns, so that a large batch does not block other requests. Batches that came
    together have one slice a turn among them, not one each.

    Args:
        is_gone: whether the client closed its connection; it is asked before each slice.

    Raises:
        ClientGone: it did. No further row is read.
    """
    batch, n_added = ValidatedBatch(read), 0
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    while True:
        async with turn:
            if is_gone is not None and await is_gone():
                raise ClientGone
            until = time.perf_counter() + _SLICE_S  # rows with long texts take their time
            for row in rows[n_added : n_added + _SLICE]:
                batch.add(row)
                n_added += 1
                if time.perf_counter() > until:
                    break
            if n_added >= len(rows):
                return batch
            await asyncio.sleep(0)  # with the turn, or all that wait would have theirs now


def _errors_of(error: ValidationError | BadField) -> list[FieldProblem]:
    """The errors of one row; only their number where there are many."""
    if isinstance(error, BadField):
        value = printable(error.value)
        return [FieldProblem(field=error.field, value=value, reason=error.what, fix=error.fix)]
    n = error.error_count()
    if n > _MAX_ERRORS:
        return [
            FieldProblem(
                field="body",
                reason=f"{n:,} fields of this row are wrong",
                fix="compare the row with the schema at /docs",
            )
        ]
    return [field_problem(dict(one)) for one in error.errors(include_url=False)]


def refuse_batch(request: Request, batch: ValidatedBatch[Any]) -> Response:
    """The problem document of a batch without a valid row."""
    n = batch.n_rejected
    return problem(
        request,
        422,
        kind="bad-input",
        detail=f"no row of this batch is valid: {n} of {n} were rejected",
        fix="; ".join(f"row {r.index}, {r.field}: {r.fix}" for r in batch.rejected[:3]),
        errors=batch.rejected,
        n_not_listed=batch.n_not_listed,
    )
