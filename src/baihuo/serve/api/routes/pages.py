"""Searches and recommendations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from baihuo.access import Scope
from baihuo.monitor import Metrics
from baihuo.serve.api.access import access_of
from baihuo.serve.api.dependencies import MetricsDep, StrictRoute, WorkerDep, problems
from baihuo.serve.api.request_models import (
    HomeRequest,
    SearchParameters,
    SearchRequest,
    SimilarRequest,
)
from baihuo.serve.api.response_models import PageOut, page_json
from baihuo.serve.worker.worker import Worker

router = APIRouter(prefix="/v1", tags=["pages"], route_class=StrictRoute)

_Request = SearchRequest | SearchParameters | HomeRequest | SimilarRequest
_RESPONSES = {200: {"model": PageOut}, **problems(401, 409, 422, 503)}
_RESPONSES_SIMILAR = {**_RESPONSES, **problems(404)}


@router.get("/search", responses=_RESPONSES, summary="Search")
async def search(
    parameters: Annotated[SearchParameters, Query()],
    worker: WorkerDep,
    metrics: MetricsDep,
    request: Request,
) -> Response:
    """Products that match the words and filters, best first, with facets and the total."""
    return _page(parameters, worker, metrics, request)


@router.post("/search", responses=_RESPONSES, summary="Search, as a JSON body")
async def search_by_body(
    parameters: SearchRequest, worker: WorkerDep, metrics: MetricsDep, request: Request
) -> Response:
    """As GET, for many filters, or for words that should not be in a URL."""
    return _page(parameters, worker, metrics, request)


@router.get("/recommend/home", responses=_RESPONSES, summary="Recommend for the home page")
async def home(
    parameters: Annotated[HomeRequest, Query()],
    worker: WorkerDep,
    metrics: MetricsDep,
    request: Request,
) -> Response:
    """What this visitor may want now. A new visitor gets what is popular."""
    return _page(parameters, worker, metrics, request)


@router.post("/recommend/home", responses=_RESPONSES, summary="The same, as a JSON body")
async def home_by_body(
    parameters: HomeRequest, worker: WorkerDep, metrics: MetricsDep, request: Request
) -> Response:
    """What this visitor may want now. A new visitor gets what is popular."""
    return _page(parameters, worker, metrics, request)


@router.get(
    "/recommend/similar", responses=_RESPONSES_SIMILAR, summary="Recommend beside a product"
)
async def similar(
    parameters: Annotated[SimilarRequest, Query()],
    worker: WorkerDep,
    metrics: MetricsDep,
    request: Request,
) -> Response:
    """Products that are similar to one product, or bought with it; with `complements`, only the latter."""
    return _page(parameters, worker, metrics, request)


@router.post("/recommend/similar", responses=_RESPONSES_SIMILAR, summary="The same, as a JSON body")
async def similar_by_body(
    parameters: SimilarRequest, worker: WorkerDep, metrics: MetricsDep, request: Request
) -> Response:
    """Products that are similar to one product, or bought with it."""
    return _page(parameters, worker, metrics, request)


def _page(parameters: _Request, worker: Worker, metrics: Metrics, request: Request) -> Response:
    # In the event loop, not in a thread: a page takes a few milliseconds of CPU. A thread would compete
    # for the interpreter lock, which costs more than other requests would gain.
    sender = access_of(request).sender(request, Scope.SEARCH)
    if parameters.visitor_id is not None:
        parameters.visitor_id = sender.visitor(parameters.visitor_id)
    parameters.require_consent(worker.absent_consent)
    query = parameters.query()
    answer = worker.answer(
        query, is_continued=parameters.query_id is not None, why_not=parameters.why_not
    )
    page = answer.served.page
    metrics.pages.labels(query.surface.value, page.bundle_id).inc()
    if not page.placed:
        metrics.empty_pages.labels(query.surface.value).inc()
    content = page_json(answer.served, answer.generation, answer.why_not, answer.related)
    return Response(content, media_type="application/json")
