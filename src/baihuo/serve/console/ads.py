"""Ads in the console: campaigns that wait for a decision with what each could get, and what ads brought. Without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from baihuo.ads import (
    AdsOffice,
    CampaignStatus,
    Decision,
    Forecast,
    ShopEffect,
    version_row,
    whole_units,
)
from baihuo.core import BadInput, Conflict, NotFound, ShopError, Unsupported
from baihuo.serve.api.access import access_of
from baihuo.serve.api.dependencies import WorkerDep
from baihuo.serve.api.people import Person
from baihuo.serve.api.routes.campaigns import OfficeDep
from baihuo.serve.console.layout import ConsoleRoute, PersonForm, console_of, see
from baihuo.serve.console.quarantine import MerchandiserDep
from baihuo.serve.ids import now_us

ADS = "/console/ads"
router = APIRouter(prefix=ADS, include_in_schema=False, route_class=ConsoleRoute)
_DAYS = (7, 30, 90)


@router.get("")
def ads_page(
    request: Request,
    person: MerchandiserDep,
    office: OfficeDep,
    worker: WorkerDep,
    days: int = 30,
    done: str = "",
    forecast: str = "",
) -> Response:
    """Campaigns that wait, revenue by day, what ads did to the shop, and a line for each campaign.

    ``forecast`` names a campaign that waits: what it could get is shown beside it, which takes seconds.
    """
    days = days if days in _DAYS else 30
    try:
        forecasts = {forecast: worker.forecast_of(forecast)} if forecast else {}
    except (Conflict, NotFound) as error:
        return _page(request, person, office, days=days, error=error)
    return _page(request, person, office, days=days, done=done, forecasts=forecasts)


@router.post("")
def decide(
    request: Request, person: MerchandiserDep, office: OfficeDep, form: PersonForm
) -> Response:
    """Approve, reject, pause or resume the version that was looked at."""
    campaign_id, action = form.get("campaign", ""), form.get("decision", "")
    version = form.get("version", "")
    try:
        if action not in set(Decision) or not version.isdecimal():
            raise BadInput("this is no decision", fix="press one of the buttons")
        with office.campaigns() as store:
            made = store.decide(
                campaign_id,
                Decision(action),
                by=person.actor,
                at_us=now_us(),
                reason=form.get("reason", "").strip()[:500],
                expected=int(version),
            )
    except (BadInput, Conflict, NotFound) as error:
        return _page(request, person, office, typed=form, error=error)
    detail = {"version": made.campaign.version, "reason": made.reason}
    access_of(request).record(
        f"campaign.{action}", actor=person.actor, subject=campaign_id, detail=detail
    )
    return see(f"{ADS}?done={action}")


def _page(
    request: Request,
    person: Person,
    office: AdsOffice,
    *,
    days: int = 30,
    done: str = "",
    typed: Mapping[str, str] | None = None,
    error: ShopError | None = None,
    forecasts: Mapping[str, Forecast] | None = None,
) -> Response:
    zone, currency = office.settings.zone(), office.currency or ""
    versions, report = [], None
    try:
        with office.campaigns() as store:
            versions = store.campaigns()
        report = office.report(days=days)
    except NotFound:  # no ads yet, or none was shown
        pass
    waiting = [v for v in versions if v.campaign.status is CampaignStatus.SUBMITTED]
    by_day = {} if report is None else report.revenue_by_day
    return console_of(request).page(
        request,
        "ads.html",
        status=200 if error is None else error.status,
        person=person,
        days=days,
        periods=_DAYS,
        done=done if done in set(Decision) else "",
        typed=typed or {},
        error=error,
        waiting=[version_row(v, zone) for v in waiting],
        states={v.campaign.campaign_id: v for v in versions},
        report=report,
        effect=_effect(office, days) if report is not None else None,
        forecasts=forecasts or {},
        bars=_bars(by_day, datetime.now(zone).date(), days),
        money=lambda minor: f"{whole_units(round(minor), currency)} {currency}",
    )


def _effect(office: AdsOffice, days: int) -> ShopEffect | ShopError | None:
    """Return what ads did to the shop, or why nobody knows; None: nobody is held out."""
    if not office.settings.holdout_share:
        return None
    try:
        return office.effect(days=days)
    except (NotFound, Unsupported) as error:
        return error


def _bars(by_day: Mapping[str, int], today: date, days: int) -> list[tuple[str, int, float]]:
    """Return each day with its amount and its height, 0 to 1."""
    dates = [(today - timedelta(days=i)).isoformat() for i in reversed(range(days))]
    most = max(by_day.values(), default=0)
    return [
        (day, by_day.get(day, 0), max(by_day.get(day, 0), 0) / most if most > 0 else 0.0)
        for day in dates
    ]
