"""Data quality for the team of the shop: the quarantine, and the lineage of every row. The report is in ``reports.py``.

The quarantine holds text that people typed, so these endpoints need the scope ``merchandiser``.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from baihuo import quality
from baihuo.access import Scope
from baihuo.connect import Mask
from baihuo.core import ShopPaths
from baihuo.quality import RowStore, quarantined
from baihuo.serve.api.access import NeedsScope, caller_of, require_own_name
from baihuo.serve.api.dependencies import StrictRoute, problems
from baihuo.serve.api.quarantine_room import SENDING, preview, record, row_mask, row_store

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
RowId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}:[0-9]{1,18}$")]
Table = Literal["events", "products"]


class KeptCount(BaseModel):
    """How many rows are in quarantine because of one check."""

    table: str
    step: str = Field(description="`import`: rows that the import refused")
    check: str
    n: int


class Rejection(BaseModel):
    """A person's word that a row stays out."""

    by: str
    why: str
    at_us: int


class KeptRow(BaseModel):
    """One row in quarantine."""

    row_id: str
    table: str
    step: str
    check: str
    detail: dict[str, Any]
    values: dict[str, Any]
    raw: str | None = Field(description="A refused row as it is in its file")
    fix: str | None
    waiting: str | None = Field(description="The row that replaces it with the next check")
    rejected: Rejection | None = Field(default=None, description="Who keeps it out, and why")


class Quarantine(BaseModel):
    """The content of the quarantine."""

    counts: list[KeptCount]
    rows: list[KeptRow]


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: Line = Field(examples=["ann"], description="Who decides; stored with the row")
    why: Line = Field(examples=["the till sent no quantity"])
    table: Table | None = None


class FixIn(_Decision):
    """The corrected values of a row."""

    values: dict[Line, str | None] = Field(
        min_length=1,
        max_length=50,
        examples=[{"quantity": "2"}],
        description="null empties a field",
    )


class PreviewIn(BaseModel):
    """Values of a row to try; none: the row as it is."""

    model_config = ConfigDict(extra="forbid")

    values: dict[Line, str | None] = Field(
        default_factory=dict, max_length=50, examples=[{"quantity": "2"}]
    )
    table: Table | None = None


class PreviewFinding(BaseModel):
    """What a check finds in the row."""

    check: str
    action: str
    why: str
    detail: dict[str, Any]


class PreviewOut(BaseModel):
    """What would become of the row. Checks that need the whole log are not asked."""

    is_clean: bool = Field(description="Whether it would be learned from")
    refused: str | None = Field(description="Why an import would refuse it")
    fix: str | None
    values: dict[str, Any] = Field(description="As an import reads them")
    findings: list[PreviewFinding]


class RowsRejected(BaseModel):
    """How many rows stay out."""

    n_rejected: int


class RowsIn(_Decision):
    """Rows to release from quarantine without changes."""

    rows: list[RowId] = Field(min_length=1, max_length=1_000, examples=[["3:17"]])


class SentIn(BaseModel):
    """The ids of the new rows, in order. The next check examines them."""

    rows: list[str]


_RowPath = Annotated[RowId, Path(description="import:line", examples=["3:17"])]
_TableQuery = Annotated[
    Table | None, Query(description="Needed where both tables have a row of this id")
]


router = APIRouter(
    prefix="/v1/quality",
    tags=["quality"],
    route_class=StrictRoute,
    dependencies=[Depends(NeedsScope(Scope.MERCHANDISER))],
    responses=problems(401, 403, 404, 422),
)


RowStoreDep = Annotated[RowStore, Depends(row_store)]
MaskDep = Annotated[Mask, Depends(row_mask)]


@router.get("/quarantine", summary="What is in quarantine")
def list_quarantine(
    store: RowStoreDep,
    table: _TableQuery = None,
    check: Annotated[
        str | None, Query(max_length=100, description="A check, a step or a reason")
    ] = None,
    state: Annotated[
        Literal["waiting", "rejected"],
        Query(description="Rows that wait for a decision, or those that a person rejected"),
    ] = "waiting",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
    after: Annotated[
        str, Query(max_length=50, description="table/row of the last row of the page before")
    ] = "",
) -> Quarantine:
    """The number of rows of each check, and the rows, page by page."""
    is_rejected = state == "rejected"
    rows = quarantined.list_rows(
        store, table=table, check=check, limit=limit, after=after, is_rejected=is_rejected
    )
    counts = quarantined.count_rows(store, is_rejected=is_rejected)
    return Quarantine.model_validate(
        {"counts": counts, "rows": [_plain(asdict(kept)) for kept in rows]}
    )


@router.get("/quarantine/{row_id}", summary="One row in quarantine")
def one_row(store: RowStoreDep, row_id: _RowPath, table: _TableQuery = None) -> KeptRow:
    """The values of a row, the check that found it, and why."""
    return KeptRow.model_validate(_plain(asdict(quarantined.find_row(store, row_id, table))))


@router.post("/quarantine/{row_id}/preview", summary="What the checks say of a row as it would be")
def preview_row(
    request: Request, store: RowStoreDep, row_id: _RowPath, correction: PreviewIn
) -> PreviewOut:
    """Checks a corrected copy among the rows of its visitor or category. Changes nothing."""
    seen = preview(request, store, row_id, correction.values, correction.table)
    return PreviewOut.model_validate(
        {
            "is_clean": seen.is_clean,
            "refused": seen.refused,
            "fix": seen.fix,
            "values": _plain(seen.values),
            "findings": [_plain(asdict(one)) for one in seen.findings],
        }
    )


@router.post("/quarantine/{row_id}/fix", responses=problems(409), summary="Correct a row")
def fix_row(
    request: Request, store: RowStoreDep, mask: MaskDep, row_id: _RowPath, correction: FixIn
) -> SentIn:
    """Sends in a corrected copy. With the next check it replaces the row."""
    require_own_name(request, correction.by)
    with SENDING:
        new = quality.fix(
            store,
            row_id,
            correction.values,
            by=correction.by,
            why=correction.why,
            mask=mask,
            table=correction.table,
        )
    _record(request, "quarantine.fix", [row_id], correction.by, correction.why)
    return SentIn(rows=[new])


@router.post(
    "/release", responses=problems(409), summary="Release rows from quarantine as they are"
)
def release_rows(request: Request, store: RowStoreDep, mask: MaskDep, decision: RowsIn) -> SentIn:
    """A person confirms that the rows are right. The checks that found them are overridden; all others examine them again."""
    require_own_name(request, decision.by)
    with SENDING:
        new = quality.release_from_quarantine(
            store, decision.rows, by=decision.by, why=decision.why, mask=mask, table=decision.table
        )
    _record(request, "quarantine.release", decision.rows, decision.by, decision.why)
    return SentIn(rows=new)


@router.post("/reject", responses=problems(409), summary="Keep rows out for good")
def reject_rows(request: Request, store: RowStoreDep, decision: RowsIn) -> RowsRejected:
    """A person confirms that the rows are wrong. They stay in quarantine and leave the list of those that wait."""
    require_own_name(request, decision.by)
    quality.reject(store, decision.rows, by=decision.by, why=decision.why, table=decision.table)
    _record(request, "quarantine.reject", decision.rows, decision.by, decision.why)
    return RowsRejected(n_rejected=len(decision.rows))


@router.get("/lineage/{name}", summary="The lineage of a row")
def story(
    request: Request,
    store: RowStoreDep,
    name: Annotated[str, Path(max_length=256, description="A row id, an event id or a product id")],
    table: _TableQuery = None,
) -> list[dict[str, Any]]:
    """The file and line of a row, its findings with old and new values, where it is now, and which bundles used it."""
    bundles = ShopPaths(request.app.state.shop).bundles
    rows = quality.lineage(store, name, table=table, bundles=bundles)
    return [json.loads(row.to_json()) for row in rows]


def _record(request: Request, action: str, rows: list[str], by: str, why: str) -> None:
    record(request, caller_of(request).actor, action, rows, by, why)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Values that JSON can hold: no NaN, no bytes."""
    plain: dict[str, Any] = json.loads(json.dumps(row, default=str), parse_constant=str)
    return plain
