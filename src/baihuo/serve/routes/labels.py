"""Judgements for the team behind the shop: what to judge next, what was judged, how far raters agree.

Behind the same key as ``/v1/quality`` (``baihuo quarantine key``).
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
from baihuo.bundle import Bundle
from baihuo.core import NotFound, ShopPaths
from baihuo.engine import DuckTables
from baihuo.events import Judgement, JudgementLog
from baihuo.labels import AnnotationDesk, Pool, Stake
from baihuo.serve.routes.held import HeldLive, StrictRoute, problems
from baihuo.serve.routes.team_key import with_key

_POOL_S = 300.0  # what could be judged is looked up anew after so long
_making = threading.Lock()
_Query = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
_Rater = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"\S")]
_ProductId = Annotated[str, StringConstraints(min_length=1, max_length=256)]

router = APIRouter(
    prefix="/v1/labels",
    tags=["labels"],
    route_class=StrictRoute,
    dependencies=[Depends(with_key)],
    responses=problems(401, 404, 422, 503),
)


def judgement_log(request: Request) -> Iterator[JudgementLog]:
    """This shop's log, for the length of a request."""
    log = JudgementLog(ShopPaths(request.app.state.shop).judgements)
    try:
        yield log
    finally:
        log.close()


HeldLog = Annotated[JudgementLog, Depends(judgement_log)]


class JudgedProduct(BaseModel):
    """What a rater sees of a product."""

    title_en: str | None
    title_zh: str | None
    brand: str | None
    category: str | None
    price_minor: int | None
    currency: str | None
    description: str = Field(description="Its first 300 characters")
    image: str | None


class QuestionOut(BaseModel):
    """A pair worth judging, and why."""

    query_text: str
    product_id: str
    product: JudgedProduct
    position: int | None = Field(description="In our order; null: past its first rows")
    position_bm25: int | None
    n_judged: int = Field(description="Grades it has")
    p_relevant: float = Field(description="Believed now, 0 to 1")
    value: float = Field(description="Variance of the measure that the answer is to take away")
    why: str


class QuestionsOut(BaseModel):
    """What to judge next, those of a query together."""

    questions: list[QuestionOut]


class JudgementIn(BaseModel):
    """One person's grade of one product for one query."""

    model_config = ConfigDict(extra="forbid")

    query_text: _Query = Field(examples=["usb hub"])
    product_id: _ProductId = Field(examples=["p1"])
    rater: _Rater = Field(examples=["ann"])
    grade: Annotated[int, Field(ge=0, le=labels.N_GRADES - 1, strict=True)] | None = Field(
        examples=[3],
        description="0 has nothing to do with it, 1 goes with what was meant, 2 nearly is it, 3 is it; "
        "null: cannot say",
    )


class JudgementsIn(BaseModel):
    """Judgements, written down all or none."""

    model_config = ConfigDict(extra="forbid")

    judgements: list[JudgementIn] = Field(min_length=1, max_length=1_000)
    change: bool = Field(
        default=False, description="Grades unlike the rater's earlier ones are meant"
    )


class RecordedOut(BaseModel):
    """What became of them; sent again they are all known."""

    n_new: int
    n_known: int
    n_changed: int


class RatersReport(BaseModel):
    """How far raters agree, how each errs, and the pairs nobody can be sure of."""

    n_pairs: int
    n_queries: int
    n_judgements: int
    n_raters: int
    n_from_file: int = Field(description="Grades of the shop's ratings.csv")
    alpha: float | None = Field(description="Krippendorff's, grades as distances; 1 is perfect")
    n_doubtful: int
    agreement: dict[str, Any] | None = Field(
        description="By rater and by two of them; null: nothing was judged"
    )
    doubtful: list[dict[str, Any]]


@router.get("/next", summary="What to judge next")
def next_questions(
    request: Request,
    live: HeldLive,
    log: HeldLog,
    rater: Annotated[_Rater, Query(examples=["ann"])],
    n: Annotated[int, Query(ge=1, le=200)] = 10,
    stake: Annotated[
        Stake, Query(description="nDCG@10 of ours minus BM25's, or of ours alone")
    ] = "difference",
) -> QuestionsOut:
    """The pairs whose judgement would change the measurement most; nobody else is handed them for a
    quarter of an hour, and whoever asks again before answering is handed the same."""
    now = live.now()
    paths = ShopPaths(request.app.state.shop)
    desk = AnnotationDesk(log, now.generation, _pool(request, live, log), paths.ratings)
    found = desk.next(rater.strip(), n=n, at_us=time.time_ns() // 1_000, stake=stake)
    questions = [{**asdict(q), "product": desk.shown(q.product_id)} for q in found]
    return QuestionsOut.model_validate({"questions": questions})


@router.post("", summary="Record judgements", responses=problems(409))
def record(live: HeldLive, log: HeldLog, said: JudgementsIn) -> RecordedOut:
    """Written down all or none, and on the disk when this answers. Sent again they change nothing; a grade
    unlike the rater's earlier one is a conflict, unless ``change`` says that it is meant."""
    known = live.now().generation.row_of
    gone = next((j.product_id for j in said.judgements if j.product_id not in known), None)
    if gone is not None:
        raise NotFound(f"there is no product {gone!r}", fix="check the id; nothing was recorded")
    at_us = time.time_ns() // 1_000
    done = log.append(
        [
            Judgement(labels.query_key(j.query_text), j.product_id, j.rater.strip(), j.grade, at_us)
            for j in said.judgements
        ],
        is_change=said.change,
    )
    return RecordedOut(n_new=done.n_new, n_known=done.n_known, n_changed=done.n_changed)


@router.get("/report", summary="Who judged what, and how well")
def report(request: Request, log: HeldLog) -> RatersReport:
    """As ``baihuo label report --json``: agreement, error rates by Dawid–Skene, doubtful pairs."""
    paths = ShopPaths(request.app.state.shop)
    settled = labels.settle(log.table(), paths.ratings)
    return RatersReport.model_validate(labels.report(settled))


def _pool(request: Request, live: HeldLive, log: JudgementLog) -> Pool:
    """What could be judged, looked up once for a while and each release."""
    state, now = request.app.state, live.now()
    with _making:
        kept = getattr(state, "label_pool", None)
        if kept and kept[0] == now.pair and time.monotonic() - kept[1] < _POOL_S:
            pool: Pool = kept[2]
            return pool
        paths = ShopPaths(state.shop)
        tables = DuckTables(memory_mb=512, threads=1)
        bundle = Bundle.open(paths.bundles / now.pair.bundle_id)
        desk = labels.make_desk(
            log,
            now.generation,
            labels.thresholds_of(bundle),
            queries=labels.frequent_queries(tables, paths.clean_events),
            ratings=paths.ratings,
        )
        state.label_pool = (now.pair, time.monotonic(), desk.pool)
        return desk.pool
