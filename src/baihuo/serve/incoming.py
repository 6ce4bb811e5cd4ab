"""Batches row by row: good rows are kept, a bad one is named with what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from fastapi import Request
from pydantic import Field, ValidationError
from starlette.responses import Response

from baihuo.core import BadInput
from baihuo.serve.problems import FieldProblem, field_problem, problem, shown

Row = TypeVar("Row")
MAX_ROWS = 1_000


class Rejected(FieldProblem):
    """A row that was not kept."""

    index: int = Field(description="0-based place in the batch")


class BadField(BadInput):
    """A row that is well-formed and still cannot be used."""

    def __init__(self, field: str, value: object, *, what: str, fix: str) -> None:
        super().__init__(what, fix=fix)
        self.field, self.value = field, value


def sorted_out(
    rows: Iterable[object], read: Callable[[object], Row]
) -> tuple[list[Row], list[Rejected]]:
    """What could be read, in order, and what could not."""
    kept: list[Row] = []
    rejected: list[Rejected] = []
    for index, row in enumerate(rows):
        try:
            kept.append(read(row))
        except ValidationError as error:
            for one in error.errors(include_url=False):
                rejected.append(Rejected(index=index, **field_problem(dict(one)).model_dump()))
        except BadField as error:
            rejected.append(
                Rejected(
                    index=index,
                    field=error.field,
                    value=shown(error.value),
                    reason=error.what,
                    fix=error.fix,
                )
            )
    return kept, rejected


def all_bad(request: Request, rejected: list[Rejected]) -> Response:
    """The problem document for a batch in which no row could be kept."""
    n = len({r.index for r in rejected})
    return problem(
        request,
        422,
        kind="bad-input",
        detail=f"no row of this batch could be kept: {n} of {n} are wrong",
        fix="; ".join(f"row {r.index}, {r.field}: {r.fix}" for r in rejected[:3]),
        errors=rejected,
    )
