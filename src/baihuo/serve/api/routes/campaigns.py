"""Campaigns, reports and statements, for advertisers with a key of their own and for the shop.

These endpoints need the scope ``advertiser``: its key sees one advertiser's data alone. ``merchandiser`` holds it for all advertisers, and
decides what is shown.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from baihuo.access import ApiKey, Scope
from baihuo.ads import (
    AdsOffice,
    CampaignFields,
    CampaignStore,
    CampaignVersion,
    Decision,
    read_campaign,
    report_csv,
    statement_row,
    unknown_campaign,
    version_row,
)
from baihuo.core import BadInput, ShopPaths, now_us
from baihuo.engine import DuckTables
from baihuo.serve.api.access import Forbidden, NeedsScope, access_of, caller_of
from baihuo.serve.api.dependencies import StrictRoute, WorkerDep, problems

router = APIRouter(
    prefix="/v1/ads",
    tags=["ads"],
    route_class=StrictRoute,
    dependencies=[Depends(NeedsScope(Scope.ADVERTISER))],
    responses=problems(401, 403, 404, 409, 422, 503),
)

CampaignId = Annotated[str, Path(min_length=1, max_length=64)]
AdvertiserId = Annotated[
    str | None,
    Query(max_length=64, description="Only of this one. Left out: the key's, or all for the shop"),
]


class DecisionIn(BaseModel):
    """A decision on a campaign."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        default="", max_length=500, description="Of a rejection; the advertiser reads it"
    )
    version: int | None = Field(
        default=None, ge=1, description="The one that was looked at: a newer one is left alone"
    )


class CampaignsOut(BaseModel):
    """The latest version of each campaign."""

    campaigns: list[dict[str, Any]]


def office_of(request: Request) -> AdsOffice:
    """The advertising of the shop that is served."""
    state = request.app.state
    return AdsOffice(
        ShopPaths(state.shop),
        state.config.ads,
        state.config.currency,
        DuckTables(),
        state.worker.catalog.get_many,
    )


OfficeDep = Annotated[AdsOffice, Depends(office_of)]


@router.get("/campaigns", summary="Campaigns")
def campaigns(request: Request, office: OfficeDep, advertiser: AdvertiserId = None) -> CampaignsOut:
    """What was submitted last; `running` is what of it is shown, where something is."""
    advertiser = _advertiser(request, advertiser)
    zone = office.settings.zone()
    with office.campaigns(advertiser) as store:
        found = store.campaigns(advertiser)
    return CampaignsOut(campaigns=[version_row(version, zone) for version in found])


@router.get("/campaigns/{campaign_id}", summary="A campaign")
def campaign(request: Request, office: OfficeDep, campaign_id: CampaignId) -> dict[str, Any]:
    """Its latest version, and of earlier ones who changed them, when and why."""
    zone = office.settings.zone()
    with office.campaigns() as store:
        _of_caller(request, store, campaign_id)
        rows = [version_row(version, zone) for version in store.history(campaign_id)]
    about = ("version", "status", "changed_by", "changed_at", "reason")
    return {**rows[-1], "versions": [{name: row[name] for name in about} for row in rows]}


@router.get("/campaigns/{campaign_id}/forecast", summary="What a campaign could get")
def forecast(
    request: Request, office: OfficeDep, worker: WorkerDep, campaign_id: CampaignId
) -> dict[str, Any]:
    """Before it starts: the newest pages of the shop are sold again with it among the campaigns that run, at its bid and at others. Takes
    seconds. Says which keywords no search matched, and whether a target can be met."""
    with office.campaigns() as store:
        _of_caller(request, store, campaign_id)
    return worker.forecast_of(campaign_id).to_json()


@router.put("/campaigns/{campaign_id}", summary="Add or change a campaign")
def submit(
    request: Request,
    office: OfficeDep,
    campaign_id: CampaignId,
    body: CampaignFields,
    version: Annotated[
        int | None,
        Query(ge=1, description="The one that was changed: a newer one is not overwritten"),
    ] = None,
) -> dict[str, Any]:
    """Other names, products and keywords wait for approval while the approved ones go on; bids, budgets and dates count at once.

    The same campaign again changes nothing. Every problem of a campaign is named, each with its fix.
    """
    if body.campaign_id != campaign_id:
        raise BadInput(
            f"campaign_id: {body.campaign_id!r} is not {campaign_id!r} of the address",
            fix="send the same id in both",
        )
    if _advertiser(request, body.advertiser_id) != body.advertiser_id:
        raise Forbidden("this key is another advertiser's", fix="send its own advertiser_id")
    with office.campaigns() as store:
        wanted = read_campaign(
            body.model_dump(mode="json", exclude_unset=True), office.rules(store)
        )
        made = store.submit(wanted, by=caller_of(request).actor, at_us=now_us(), expected=version)
    _record(request, "campaign.submit", made)
    return version_row(made, office.settings.zone())


@router.post("/campaigns/{campaign_id}/{decision}", summary="Approve, reject, pause or resume")
def decide(
    request: Request,
    office: OfficeDep,
    campaign_id: CampaignId,
    decision: Decision,
    body: DecisionIn,
) -> dict[str, Any]:
    """An advertiser pauses and resumes its own; the shop approves and rejects."""
    caller = caller_of(request)
    if decision in (Decision.APPROVE, Decision.REJECT) and not caller.allows(Scope.MERCHANDISER):
        raise Forbidden(
            f"{caller.lacks}; to {decision} needs {Scope.MERCHANDISER}",
            fix="the shop decides what is shown: wait for it",
        )
    with office.campaigns() as store:
        _of_caller(request, store, campaign_id)
        made = store.decide(
            campaign_id,
            decision,
            by=caller.actor,
            at_us=now_us(),
            reason=body.reason,
            expected=body.version,
        )
    _record(request, f"campaign.{decision}", made)
    return version_row(made, office.settings.zone())


@router.get("/report", summary="What campaigns got and paid", response_model=None)
def report(
    request: Request,
    office: OfficeDep,
    advertiser: AdvertiserId = None,
    days: Annotated[float, Query(ge=0.04, le=366, description="Until now")] = 30,
    form: Annotated[
        Literal["json", "csv"], Query(alias="as", description="csv: a row a campaign")
    ] = "json",
) -> dict[str, Any] | Response:
    """As `baihuo ads report --json`: auctions won and why the others were lost, viewable impressions, clicks, spend, purchases by
    attribution. Clicks and purchases are those that the last check kept."""
    found = office.report(days=days, advertiser_id=_advertiser(request, advertiser))
    if form == "json":
        return found.to_json()
    name = 'attachment; filename="ads.csv"'
    return PlainTextResponse(
        report_csv(found), media_type="text/csv", headers={"Content-Disposition": name}
    )


@router.get("/statement", summary="The month of an advertiser")
def statement(
    request: Request,
    office: OfficeDep,
    advertiser: AdvertiserId = None,
    month: Annotated[
        str | None, Query(pattern=r"^[0-9]{4}-[0-9]{2}$", description="Left out: this one")
    ] = None,
) -> dict[str, Any]:
    """Balance before, deposits, charges by campaign, credits, balance after, in minor units."""
    advertiser_id = _advertiser(request, advertiser)
    if advertiser_id is None:
        raise BadInput("advertiser: whose statement?", fix="send advertiser=ID")
    return statement_row(office.statement(advertiser_id, month))


def _advertiser(request: Request, wanted: str | None) -> str | None:
    """Whose data the caller reads: of an advertiser's key its own, otherwise what was asked for; None: all.

    Raises:
        Forbidden: an advertiser asked for another.
    """
    caller = caller_of(request)
    if caller.allows(Scope.MERCHANDISER) or not isinstance(caller, ApiKey):
        return wanted
    if wanted not in (None, caller.advertiser_id):
        raise Forbidden(f"{caller.lacks} of {caller.advertiser_id}", fix="leave the advertiser out")
    return caller.advertiser_id


def _of_caller(request: Request, store: CampaignStore, campaign_id: str) -> None:
    """
    Raises:
        NotFound: there is no such campaign, or not of this advertiser: who asks does not learn which.
    """
    own = _advertiser(request, None)
    if own not in (None, store.find(campaign_id).campaign.advertiser_id):
        raise unknown_campaign(campaign_id)


def _record(request: Request, action: str, made: CampaignVersion) -> None:
    one = made.campaign
    access_of(request).record(
        action,
        actor=caller_of(request).actor,
        subject=one.campaign_id,
        detail={"version": one.version, "reason": made.reason},
    )
