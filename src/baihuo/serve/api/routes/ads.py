"""What the pages of a shop report of ads: viewable impressions and clicks, each by its token."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from baihuo.access import Scope
from baihuo.ads import ServedAd
from baihuo.core import BadInput, Event, EventType
from baihuo.events import StoredPage
from baihuo.serve.api.access import access_of
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems
from baihuo.serve.api.fields import ConsentFields, Id
from baihuo.serve.ids import now_us
from baihuo.serve.worker.worker import Worker

router = APIRouter(prefix="/v1/ads", tags=["ads"], route_class=StrictRoute)

Token = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
_MOST_TOKENS = 100  # of a page, at most


class _AdRequest(ConsentFields):
    model_config = ConfigDict(extra="forbid")

    visitor_id: Id | None = Field(
        default=None, description="As in the request of the page; left out: the page's"
    )


class AdClickIn(_AdRequest):
    """A click on an ad. Sent again, it changes nothing."""

    token: Token = Field(description="Of the ad, see `ads` of a page")


class AdImpressionsIn(_AdRequest):
    """Ads of which half was on screen for a second (viewable by the IAB/MRC guidelines). Sent again, they change nothing."""

    tokens: list[Token] = Field(min_length=1, max_length=_MOST_TOKENS)


class AdClickOut(BaseModel):
    """What became of a click."""

    is_new: bool = Field(description="false: it was reported before, and is charged once")


class AdImpressionsOut(BaseModel):
    """What became of impressions."""

    n_recorded: int
    refused: list[str] = Field(description="Why the others were not recorded")


@router.post("/clicks", responses=problems(401, 409, 422, 503), summary="A click on an ad")
async def click(body: AdClickIn, worker: WorkerDep, request: Request) -> AdClickOut:
    """Charge the click to its campaign, once, and record it as an event. Refused: a token that this shop did not sign, that is too
    old, or whose page was never served."""
    visitor_id = _visitor(body, request)
    ad, page = await asyncio.to_thread(worker.ad_of, body.token)
    receipt = await asyncio.to_thread(worker.ads.click, ad, at_us=now_us())
    event = _event(EventType.AD_CLICK, ad, page, visitor_id, body)
    await asyncio.wrap_future(worker.submit([event]))
    return AdClickOut(is_new=not receipt.is_duplicate)


@router.post(
    "/impressions", responses=problems(401, 409, 422, 503), summary="Ads that were on screen"
)
async def impressions(
    body: AdImpressionsIn, worker: WorkerDep, request: Request
) -> AdImpressionsOut:
    """Record viewable impressions; good tokens beside bad ones are kept."""
    visitor_id = _visitor(body, request)
    found, refused = await asyncio.to_thread(_ads_of, worker, body.tokens)
    if found:
        await asyncio.to_thread(worker.ads.seen, [ad for ad, _ in found], at_us=now_us())
        events = [_event(EventType.AD_IMPRESSION, ad, page, visitor_id, body) for ad, page in found]
        await asyncio.wrap_future(worker.submit(events))
    return AdImpressionsOut(n_recorded=len(found), refused=refused)


def _ads_of(
    worker: Worker, tokens: list[str]
) -> tuple[list[tuple[ServedAd, StoredPage]], list[str]]:
    found, refused = [], []
    for number, token in enumerate(tokens, start=1):
        try:
            found.append(worker.ad_of(token))
        except BadInput as error:
            refused.append(f"token {number}: {error}")
    return found, refused


def _visitor(body: _AdRequest, request: Request) -> str | None:
    sender = access_of(request).sender(request, Scope.EVENTS)
    return sender.cookie_id if body.visitor_id is None else sender.visitor(body.visitor_id)


def _event(
    event_type: EventType,
    ad: ServedAd,
    page: StoredPage,
    visitor_id: str | None,
    consent: ConsentFields,
) -> Event:
    """Return the event of a report. The same ad makes the same id, so that a repeated report is one event."""
    now = now_us()
    return Event(
        event_id=f"{event_type.value}:{ad.click_id}",
        event_type=event_type,
        visitor_id=visitor_id or page.query.visitor_id,
        occurred_at_us=now,
        received_at_us=now,
        query_id=ad.query_id,
        product_id=ad.product_id,
        surface=str(page.query.surface),
        position=ad.slot,
        consent_analytics=consent.consent_analytics,
        consent_personalization=consent.consent_personalization,
    )
