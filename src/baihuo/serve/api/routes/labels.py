"""Relevance judgements for the team of the shop: what to judge next, and what was judged. The report is in ``reports.py``.

These endpoints need the scope ``merchandiser``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from baihuo import labels
from baihuo.access import Scope
from baihuo.core import NotFound, ShopPaths, now_us
from baihuo.engine import DuckTables
from baihuo.events import Judgement, JudgementLog
from baihuo.labels import AnnotationQueue, Objective, Pool
from baihuo.serve.api.access import NeedsScope, access_of, caller_of, require_own_name
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems

QueryText = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
Rater = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"\S")]
ProductId = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class JudgedProduct(BaseModel):
    """A product as a rater sees it."""

    title_en: str | None
    title_zh: str | None
    brand: str | None
    category: str | None
    price_minor: int | None
    currency: str | None
    description: str = Field(description="The first 300 characters")
    image: str | None


class QuestionOut(BaseModel):
    """A query and a product to judge, and why."""

    query_text: str
    product_id: str
    product: JudgedProduct
    position: int | None = Field(description="In the current order; null: beyond its first rows")
    position_bm25: int | None
    n_judged: int = Field(description="Number of grades so far")
    p_relevant: float = Field(description="Estimated probability of relevance, 0 to 1")
    value: float = Field(description="Expected reduction of the variance of the metric")
    why: str


class QuestionsOut(BaseModel):
    """What to judge next, grouped by query."""

    questions: list[QuestionOut]


class JudgementIn(BaseModel):
    """The grade of one rater for a product and a query."""

    model_config = ConfigDict(extra="forbid")

    query_text: QueryText = Field(examples=["usb hub"])
    product_id: ProductId = Field(examples=["p1"])
    rater: Rater = Field(examples=["ann"])
    grade: Annotated[int, Field(ge=0, le=labels.N_GRADES - 1, strict=True)] | None = Field(
        examples=[3],
        description="0 irrelevant, 1 complement, 2 substitute, 3 exact match; null: cannot say",
    )


class JudgementsIn(BaseModel):
    """Judgements. All of them are recorded, or none."""

    model_config = ConfigDict(extra="forbid")

    judgements: list[JudgementIn] = Field(min_length=1, max_length=1_000)
    change: bool = Field(
        default=False,
        description="Grades that differ from earlier ones of the same rater are intended",
    )


class RecordedOut(BaseModel):
    """The result of a batch of judgements; sent again, all are known."""

    n_new: int
    n_known: int
    n_changed: int


class RatersReport(BaseModel):
    """Agreement of raters, errors of each, and pairs without a clear consensus."""

    n_pairs: int
    n_queries: int
    n_judgements: int
    n_raters: int
    n_from_file: int = Field(description="Grades of the shop's ratings.csv")
    alpha: float | None = Field(
        description="Krippendorff's alpha with grades as distances; 1 is perfect agreement"
    )
    n_doubtful: int
    agreement: dict[str, Any] | None = Field(
        description="By rater and by pair of raters; null: nothing was judged"
    )
    doubtful: list[dict[str, Any]]


_POOL_TTL_S = 300.0  # the pool of pairs to judge is computed again after this
_pool_lock = threading.Lock()
router = APIRouter(
    prefix="/v1/labels",
    tags=["labels"],
    route_class=StrictRoute,
    dependencies=[Depends(NeedsScope(Scope.MERCHANDISER))],
    responses=problems(401, 403, 404, 422, 503),
)


def judgement_log(request: Request) -> Iterator[JudgementLog]:
    """The log of judgements, open for one request."""
    masked = request.app.state.pseudonyms.text
    log = JudgementLog(ShopPaths(request.app.state.shop).judgements, masked)
    try:
        yield log
    finally:
        log.close()


JudgementLogDep = Annotated[JudgementLog, Depends(judgement_log)]


@router.get("/next", summary="What to judge next")
def next_questions(
    request: Request,
    worker: WorkerDep,
    log: JudgementLogDep,
    rater: Annotated[Rater, Query(examples=["ann"])],
    n: Annotated[int, Query(ge=1, le=200)] = 10,
    stake: Annotated[
        Objective,
        Query(
            description="nDCG@10 of the current order minus that of BM25, or of the current order alone"
        ),
    ] = "difference",
) -> QuestionsOut:
    """The pairs whose judgement would change the measurement most. They are reserved for the rater for 15
    minutes; a rater who asks again before judging gets the same pairs."""
    require_own_name(request, rater.strip())
    state = worker.state()
    paths = ShopPaths(request.app.state.shop)
    queue = AnnotationQueue(log, state.generation, _pool(request, worker, log), paths.ratings)
    pairs = queue.next(rater.strip(), n=n, at_us=now_us(), objective=stake)
    questions = [{**asdict(q), "product": queue.shown(q.product_id)} for q in pairs]
    return QuestionsOut.model_validate({"questions": questions})


@router.post("", summary="Record judgements", responses=problems(409))
def record(
    request: Request, worker: WorkerDep, log: JudgementLogDep, batch: JudgementsIn
) -> RecordedOut:
    """Records all judgements or none; they are on the disk when the response is sent. Sent again, they change
    nothing. A grade that differs from the rater's earlier one is a conflict, unless ``change`` is true."""
    for judgement in batch.judgements:
        require_own_name(request, judgement.rater.strip())
    known = worker.state().generation.row_of
    unknown = next((j.product_id for j in batch.judgements if j.product_id not in known), None)
    if unknown is not None:
        raise NotFound(f"there is no product {unknown!r}", fix="check the id; nothing was recorded")
    at_us = now_us()
    counts = log.append(
        [
            Judgement(
                labels.query_key(log.masked(j.query_text)),
                j.product_id,
                j.rater.strip(),
                j.grade,
                at_us,
            )
            for j in batch.judgements
        ],
        is_change=batch.change,
    )
    detail = {"n_new": counts.n_new, "n_known": counts.n_known, "n_changed": counts.n_changed}
    access_of(request).record("labels.record", actor=caller_of(request).actor, detail=detail)
    return RecordedOut(n_new=counts.n_new, n_known=counts.n_known, n_changed=counts.n_changed)


def _pool(request: Request, worker: WorkerDep, log: JudgementLog) -> Pool:
    """The pool of pairs to judge, computed for each release and again after :data:`_POOL_TTL_S`."""
    app_state, serving = request.app.state, worker.state()
    with _pool_lock:
        cached = getattr(app_state, "label_pool", None)
        if cached and cached[0] == serving.pair and time.monotonic() - cached[1] < _POOL_TTL_S:
            pool: Pool = cached[2]
            return pool
        paths = ShopPaths(app_state.shop)
        tables = DuckTables(memory_mb=512, threads=1)
        queue = labels.make_annotation_queue(
            log,
            serving.generation,
            serving.ranker.thresholds,
            queries=labels.frequent_queries(tables, paths.clean_events),
            ratings=paths.ratings,
        )
        app_state.label_pool = (serving.pair, time.monotonic(), queue.pool)
        return queue.pool
