"""Data quality for the team behind the shop: the report, quarantine, and the story of every row.

Quarantine holds what people typed, so these endpoints ask for the shop's key (``baihuo quarantine key``).
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from baihuo import privacy, quality
from baihuo.connect import Mask
from baihuo.core import NotFound, ShopPaths
from baihuo.engine import DuckTables
from baihuo.quality import RowStore, quarantined
from baihuo.serve.api.dependencies import StrictRoute, problems
from baihuo.serve.api.team_key import with_key

_sending = threading.Lock()  # of one worker; between workers the shop's import lock decides
_Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
_RowId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}:[0-9]{1,18}$")]
_RowPath = Annotated[_RowId, Path(description="import:line", examples=["3:17"])]
_Table = Literal["events", "products"]
_TableQuery = Annotated[_Table | None, Query(description="Where both tables have such a row")]


router = APIRouter(
    prefix="/v1/quality",
    tags=["quality"],
    route_class=StrictRoute,
    dependencies=[Depends(with_key)],
    responses=problems(401, 404, 422),
)


def place(request: Request) -> RowStore:
    """Where this shop's rows are."""
    paths = ShopPaths(request.app.state.shop)
    tables = DuckTables(memory_mb=512, threads=1)
    return RowStore.of(tables, paths.raw, paths.clean)


def mask(request: Request) -> Mask:
    """What takes personal data out of rows sent in."""
    path = ShopPaths(request.app.state.shop).mask_key_file
    if not path.exists():
        raise NotFound("nothing was ever imported here", fix="run: baihuo import FILE")
    return privacy.column_mask(path.read_bytes())


PlaceDep = Annotated[RowStore, Depends(place)]
MaskDep = Annotated[Mask, Depends(mask)]


class KeptCount(BaseModel):
    """How many rows one check keeps in quarantine."""

    table: str
    step: str = Field(description="`import` for rows that no import could read")
    check: str
    n: int


class KeptRow(BaseModel):
    """One row in quarantine."""

    row_id: str
    table: str
    step: str
    check: str
    detail: dict[str, Any]
    values: dict[str, Any]
    raw: str | None = Field(description="A refused row as it stood in its file")
    fix: str | None
    waiting: str | None = Field(description="The row sent in for it, until the next check")


class Quarantine(BaseModel):
    """What is in quarantine."""

    counts: list[KeptCount]
    rows: list[KeptRow]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: _Line = Field(examples=["ann"], description="Who says so; kept with the row")
    why: _Line = Field(examples=["the till sent no quantity"])
    table: _Table | None = None


class MendIn(_Said):
    """A mended copy of a row."""

    values: dict[_Line, str | None] = Field(
        min_length=1, max_length=50, examples=[{"quantity": "2"}], description="null blanks a field"
    )


class ReadmitIn(_Said):
    """Rows to send back in as they are."""

    rows: list[_RowId] = Field(min_length=1, max_length=1_000, examples=[["3:17"]])


class SentIn(BaseModel):
    """The new rows, in order; the next check looks at them."""

    rows: list[str]


@router.get("/report", summary="The last report", response_class=Response)
def report(request: Request) -> Response:
    """``report.json`` as it is: docs/schemas/quality_report.schema.json."""
    path = ShopPaths(request.app.state.shop).clean / "report.json"
    if not path.exists():
        raise NotFound("nothing was checked yet", fix="run: baihuo check")
    return Response(path.read_bytes(), media_type="application/json")


@router.get("/quarantine", summary="What is in quarantine")
def list_quarantine(
    at: PlaceDep,
    table: _TableQuery = None,
    check: Annotated[
        str | None, Query(max_length=100, description="A check, step or reason")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
    after: Annotated[str, Query(max_length=50, description="table/row of the last one seen")] = "",
) -> Quarantine:
    """How much each check took, and rows, a page at a time."""
    rows = quarantined.listed(at, table=table, check=check, limit=limit, after=after)
    return Quarantine.model_validate(
        {"counts": quarantined.counted(at), "rows": [_plain(asdict(kept)) for kept in rows]}
    )


@router.get("/quarantine/{row_id}", summary="One row in quarantine")
def one_row(at: PlaceDep, row_id: _RowPath, table: _TableQuery = None) -> KeptRow:
    """Its values, which check took it, and why."""
    return KeptRow.model_validate(_plain(asdict(quarantined.shown(at, row_id, table))))


@router.post("/quarantine/{row_id}/mend", responses=problems(409), summary="Mend a row")
def mend_row(at: PlaceDep, masked: MaskDep, row_id: _RowPath, said: MendIn) -> SentIn:
    """Sends a mended copy in; the next check takes it in the old one's place."""
    with _sending:
        new = quality.mend(
            at, row_id, said.values, by=said.by, why=said.why, mask=masked, table=said.table
        )
    return SentIn(rows=[new])


@router.post("/readmit", responses=problems(409), summary="Readmit rows as they are")
def readmit_rows(at: PlaceDep, masked: MaskDep, said: ReadmitIn) -> SentIn:
    """A person says that they are right: the checks that took them yield, all others look again."""
    with _sending:
        new = quality.readmit(
            at, said.rows, by=said.by, why=said.why, mask=masked, table=said.table
        )
    return SentIn(rows=new)


@router.get("/lineage/{name}", summary="The story of a row")
def story(
    request: Request,
    at: PlaceDep,
    name: Annotated[str, Path(max_length=256, description="A row, an event id or a product id")],
    table: _TableQuery = None,
) -> list[dict[str, Any]]:
    """File and line, every finding with old and new values, where it is now, which bundles used it."""
    bundles = ShopPaths(request.app.state.shop).bundles
    found = quality.lineage(at, name, table=table, bundles=bundles)
    return [json.loads(one.to_json()) for one in found]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON has them: no NaN, no bytes."""
    plain: dict[str, Any] = json.loads(json.dumps(row, default=str), parse_constant=str)
    return plain
