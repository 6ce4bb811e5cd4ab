"""Searches and recommendations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from baihuo.serve.api.dependencies import MetricsDep, StrictRoute, WorkerDep, problems
from baihuo.serve.api.request_models import (
    HomeRequest,
    SearchParameters,
    SearchRequest,
    SimilarRequest,
)
from baihuo.serve.api.response_models import PageOut, page_json

router = APIRouter(prefix="/v1", tags=["pages"], route_class=StrictRoute)

_Request = SearchRequest | SearchParameters | HomeRequest | SimilarRequest
_ANSWERS = {200: {"model": PageOut}, **problems(409, 422, 503)}
_ANSWERS_SIMILAR = {**_ANSWERS, **problems(404)}


@router.get("/search", responses=_ANSWERS, summary="Search")
async def search(
    asked: Annotated[SearchParameters, Query()], worker: WorkerDep, metrics: MetricsDep
) -> Response:
    """Products for typed words and filters, best first, with facets and a true total."""
    return _page(asked, worker, metrics)


@router.post("/search", responses=_ANSWERS, summary="Search, as a JSON body")
async def search_by_body(asked: SearchRequest, worker: WorkerDep, metrics: MetricsDep) -> Response:
    """The same as GET, for many filters or words that should not stand in an address."""
    return _page(asked, worker, metrics)


@router.get("/recommend/home", responses=_ANSWERS, summary="Recommend for the home page")
async def home(
    asked: Annotated[HomeRequest, Query()], worker: WorkerDep, metrics: MetricsDep
) -> Response:
    """What this visitor may want now; what is popular for somebody new."""
    return _page(asked, worker, metrics)


@router.post("/recommend/home", responses=_ANSWERS, summary="The same, as a JSON body")
async def home_by_body(asked: HomeRequest, worker: WorkerDep, metrics: MetricsDep) -> Response:
    """What this visitor may want now; what is popular for somebody new."""
    return _page(asked, worker, metrics)


@router.get("/recommend/similar", responses=_ANSWERS_SIMILAR, summary="Recommend beside a product")
async def similar(
    asked: Annotated[SimilarRequest, Query()], worker: WorkerDep, metrics: MetricsDep
) -> Response:
    """Products like this one, or bought with it."""
    return _page(asked, worker, metrics)


@router.post("/recommend/similar", responses=_ANSWERS_SIMILAR, summary="The same, as a JSON body")
async def similar_by_body(
    asked: SimilarRequest, worker: WorkerDep, metrics: MetricsDep
) -> Response:
    """Products like this one, or bought with it."""
    return _page(asked, worker, metrics)


def _page(asked: _Request, worker: WorkerDep, metrics: MetricsDep) -> Response:
    # In the event loop, not in a thread: one page is a few milliseconds of CPU, and handing them to a
    # thread that fights for the interpreter lock costs more than the others gain.
    query = asked.query()
    answer = worker.answer(query, is_continued=asked.query_id is not None, why_not=asked.why_not)
    page = answer.served.page
    metrics.pages.labels(query.surface.value, page.bundle_id).inc()
    if not page.placed:
        metrics.empty_pages.labels(query.surface.value).inc()
    content = page_json(answer.served, answer.generation, answer.why_not)
    return Response(content, media_type="application/json")
