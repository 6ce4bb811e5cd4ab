"""The start page of the console: who is logged in, what they may do, and how the shop is."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from baihuo.access import Role, Scope, read_entries, scopes_of
from baihuo.core import ShopPaths
from baihuo.serve.api.dependencies import MetricsDep, WorkerDep
from baihuo.serve.console.health import figures_of
from baihuo.serve.console.layout import console_of
from baihuo.serve.console.routing import ConsoleRoute, PersonDep

router = APIRouter(prefix="/console", include_in_schema=False, route_class=ConsoleRoute)
_N_ENTRIES = 15


@router.get("")
def start_page(
    request: Request, person: PersonDep, worker: WorkerDep, metrics: MetricsDep
) -> Response:
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
        health=figures_of(worker, metrics),
        entries=list(reversed(read_entries(paths.audit_file, newest=_N_ENTRIES)))
        if is_engineer
        else [],
    )
