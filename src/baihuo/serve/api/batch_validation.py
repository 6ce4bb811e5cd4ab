"""Batches row by row: good rows are kept, a bad one is named with what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import Field, ValidationError
from starlette.responses import Response

from baihuo.core import BadInput
from baihuo.serve.api.limits import MAX_LISTED
from baihuo.serve.api.problems import FieldProblem, field_problem, problem, shown

Row = TypeVar("Row")
MAX_ROWS = 1_000
MAX_FIELDS = 100  # of one row
LISTED = f"What is wrong in the first {MAX_LISTED} rejected rows"
_MAX_FAULTS = 50  # of one row that are named


class Rejected(FieldProblem):
    """A row that was not kept."""

    index: int = Field(description="0-based place in the batch")


class BadField(BadInput):
    """A row that is well-formed and still cannot be used."""

    def __init__(self, field: str, value: object, *, what: str, fix: str) -> None:
        super().__init__(what, fix=fix)
        self.field, self.value = field, value


@dataclass(frozen=True, slots=True)
class ValidatedBatch(Generic[Row]):
    """A batch: what could be read, in order, and what could not."""

    kept: list[Row]
    rejected: list[Rejected]  # of the first :data:`MAX_LISTED` rejected rows
    n_rejected: int
    n_not_listed: int


def validate_batch(rows: Iterable[object], read: Callable[[object], Row]) -> ValidatedBatch[Row]:
    """Read each row; what a row says that cannot be read spoils no other."""
    kept: list[Row] = []
    rejected: list[Rejected] = []
    n_rejected = 0
    for index, row in enumerate(rows):
        try:
            if isinstance(row, dict) and len(row) > MAX_FIELDS:
                raise BadField(
                    "body",
                    None,
                    what=f"the row has more than {MAX_FIELDS} fields",
                    fix="leave out what the schema at /docs does not name",
                )
            kept.append(read(row))
        except (ValidationError, BadField) as error:
            n_rejected += 1
            if n_rejected <= MAX_LISTED:
                rejected += [Rejected(index=index, **p.model_dump()) for p in _faults(error)]
    return ValidatedBatch(kept, rejected, n_rejected, max(0, n_rejected - MAX_LISTED))


def _faults(error: ValidationError | BadField) -> list[FieldProblem]:
    """What is wrong in one row; only counted where it is too much to read."""
    if isinstance(error, BadField):
        value = shown(error.value)
        return [FieldProblem(field=error.field, value=value, reason=error.what, fix=error.fix)]
    n = error.error_count()
    if n > _MAX_FAULTS:
        return [
            FieldProblem(
                field="body",
                reason=f"{n:,} parts of this row are wrong",
                fix="compare the row with the schema at /docs",
            )
        ]
    return [field_problem(dict(one)) for one in error.errors(include_url=False)]


def refuse_batch(request: Request, batch: ValidatedBatch[Any]) -> Response:
    """The problem document for a batch in which no row could be kept."""
    n = batch.n_rejected
    return problem(
        request,
        422,
        kind="bad-input",
        detail=f"no row of this batch could be kept: {n} of {n} are wrong",
        fix="; ".join(f"row {r.index}, {r.field}: {r.fix}" for r in batch.rejected[:3]),
        errors=batch.rejected,
        n_not_listed=batch.n_not_listed,
    )
