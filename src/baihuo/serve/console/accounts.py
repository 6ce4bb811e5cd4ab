"""All accounts, for engineers to read. They are made and changed on the command line, which needs the machine."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from baihuo.serve.api.access import access_of
from baihuo.serve.console.layout import console_of
from baihuo.serve.console.routing import ConsoleRoute, EngineerDep

router = APIRouter(prefix="/console", include_in_schema=False, route_class=ConsoleRoute)


@router.get("/accounts")
def accounts_page(request: Request, person: EngineerDep) -> Response:
    """Names, roles, states and last logins."""
    accounts = access_of(request).people.accounts.all_accounts()
    return console_of(request).page(request, "accounts.html", person=person, accounts=accounts)
