"""Relevance judgements for the team of the shop: what to judge next, and what was judged. The report is in ``reports.py``.

These endpoints need the scope ``merchandiser``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from baihuo import labels
from baihuo.access import Scope
from baihuo.bundle import Bundle
from baihuo.core import NotFound, ShopPaths, now_us
from baihuo.engine import DuckTables
from baihuo.events import Judgement, JudgementLog
from baihuo.labels import AnnotationQueue, Objective, Pool
from baihuo.serve.api.access import NeedsScope, access_of, caller_of, require_own_name
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems
from baihuo.serve.api.label_models import (
    JudgementsIn,
    QuestionsOut,
    Rater,
    RecordedOut,
)

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
        bundle = Bundle.open(paths.bundles / serving.pair.bundle_id)
        queue = labels.make_annotation_queue(
            log,
            serving.generation,
            labels.thresholds_of(bundle),
            queries=labels.frequent_queries(tables, paths.clean_events),
            ratings=paths.ratings,
        )
        app_state.label_pool = (serving.pair, time.monotonic(), queue.pool)
        return queue.pool
