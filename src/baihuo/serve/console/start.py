"""The start page of the console: who is logged in, what they may do, and how the shop is; for engineers also all accounts, which are
changed on the command line, and how customer service does: resolution, deflection, and wrong answers by intent."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from baihuo.access import Role, Scope, read_entries, scopes_of
from baihuo.assist import Outcomes, read_outcomes
from baihuo.core import ShopPaths
from baihuo.serve.api.access import access_of
from baihuo.serve.api.dependencies import WorkerDep
from baihuo.serve.console.health import figures_of
from baihuo.serve.console.layout import ConsoleRoute, EngineerDep, PersonDep, console_of
from baihuo.serve.ids import now_us

router = APIRouter(prefix="/console", include_in_schema=False, route_class=ConsoleRoute)
_N_ENTRIES = 15


@router.get("")
def start_page(request: Request, person: PersonDep, worker: WorkerDep) -> Response:
    """Release, last check and health for everybody; the newest audit entries for engineers."""
    paths, account = ShopPaths(request.app.state.shop), person.session.account
    is_engineer = account.role is Role.ENGINEER
    return console_of(request).page(
        request,
        "start.html",
        person=person,
        scopes=sorted(scopes_of(account.role)),
        may_read_reports=person.allows(Scope.REPORTS),
        may_merchandise=person.allows(Scope.MERCHANDISER),
        is_engineer=is_engineer,
        shop_state=console_of(request).states.read(paths),
        health=figures_of(worker, request.app.state.metrics),
        entries=list(reversed(read_entries(paths.audit_file, newest=_N_ENTRIES)))
        if is_engineer
        else [],
    )


@router.get("/accounts")
def accounts_page(request: Request, person: EngineerDep) -> Response:
    """Names, roles, states and last logins."""
    accounts = access_of(request).people.accounts.all_accounts()
    return console_of(request).page(request, "accounts.html", person=person, accounts=accounts)


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
