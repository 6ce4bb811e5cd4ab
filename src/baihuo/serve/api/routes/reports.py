"""Reports for everybody in the team: of data quality, and of raters.

These endpoints need the scope ``reports``, which ``merchandiser`` holds.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from baihuo import labels
from baihuo.access import Scope
from baihuo.core import NotFound, ShopPaths
from baihuo.serve.api.access import NeedsScope
from baihuo.serve.api.dependencies import StrictRoute, problems
from baihuo.serve.api.routes.labels import JudgementLogDep, RatersReport

router = APIRouter(
    prefix="/v1",
    route_class=StrictRoute,
    dependencies=[Depends(NeedsScope(Scope.REPORTS))],
    responses=problems(401, 403, 404, 422),
)


@router.get("/quality/report", tags=["quality"], summary="The last report", response_class=Response)
def quality_report(request: Request) -> Response:
    """``report.json`` as it is: its JSON Schema is printed by ``baihuo schema quality_report``."""
    path = ShopPaths(request.app.state.shop).quality_report
    if not path.exists():
        raise NotFound("nothing was checked yet", fix="run: baihuo check")
    return Response(path.read_bytes(), media_type="application/json")


@router.get("/labels/report", tags=["labels"], summary="Agreement and errors of raters")
def raters_report(request: Request, log: JudgementLogDep) -> RatersReport:
    """The same as ``baihuo label report --json``: agreement, error rates by Dawid–Skene, doubtful pairs."""
    paths = ShopPaths(request.app.state.shop)
    consensus = labels.find_consensus(log.table(), paths.ratings)
    return RatersReport.model_validate(labels.report(consensus))
