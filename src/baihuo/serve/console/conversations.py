"""How customer service does, for engineers: resolution, deflection, and wrong answers by intent."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from baihuo.assist import Outcomes, read_outcomes
from baihuo.core import ShopPaths
from baihuo.serve.console.layout import console_of
from baihuo.serve.console.routing import ConsoleRoute, EngineerDep
from baihuo.serve.ids import now_us

router = APIRouter(prefix="/console", include_in_schema=False, route_class=ConsoleRoute)
_DAYS = (1, 7, 28)
_DAY_US = 86_400_000_000
_N_INTENTS = 30


@router.get("/conversations")
def conversations_page(request: Request, person: EngineerDep) -> Response:
    """The same figures over one, seven and 28 days, and the intents that were answered wrongly most often."""
    file, at_us = ShopPaths(request.app.state.shop).conversations_file, now_us()
    by_days = [
        (days, read_outcomes(file, since_us=at_us - days * _DAY_US, at_us=at_us) or Outcomes())
        for days in _DAYS
    ]
    wrong = by_days[-1][1].wrong_answers
    intents = sorted(
        ((intent or "–", bad, n, bad / n if n else 0.0) for intent, (bad, n) in wrong.items()),
        key=lambda row: (-row[1], row[0]),
    )
    return console_of(request).page(
        request,
        "conversations.html",
        person=person,
        by_days=by_days,
        intents=intents[:_N_INTENTS],
        n_more=max(0, len(intents) - _N_INTENTS),
    )
