"""A person's own account: another password, and the browsers in which they are logged in."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from baihuo.access import MIN_CHARACTERS, WeakPassword
from baihuo.core import ShopError
from baihuo.serve.api.access import access_of
from baihuo.serve.api.people import SESSION_COOKIE, Person, set_cookie
from baihuo.serve.console.layout import address_of, console_of
from baihuo.serve.console.login import chosen_password
from baihuo.serve.console.logins import TooManyLogins, WrongLogin
from baihuo.serve.console.routing import ConsoleRoute, PersonDep, PersonForm, see
from baihuo.serve.ids import now_us
from baihuo.serve.traffic.guard import Overloaded

OWN_ACCOUNT = "/console/account"
router = APIRouter(prefix=OWN_ACCOUNT, include_in_schema=False, route_class=ConsoleRoute)


@router.get("")
def own_account_page(request: Request, person: PersonDep) -> Response:
    """The form of the password, and the sessions."""
    return _page(request, person)


@router.post("/password")
async def change_password(request: Request, person: PersonDep, form: PersonForm) -> Response:
    """Another password. All other sessions end, and this one gets another token."""
    access, logins = access_of(request), console_of(request).logins
    account, address = person.session.account, address_of(request)
    try:
        password = chosen_password(form, name=account.name)
        await logins.check(
            access, name=account.name, password=form.get("password", ""), address=address
        )
        password_hash = await logins.hash(password)
    except (WeakPassword, WrongLogin, TooManyLogins, Overloaded) as error:
        return await asyncio.to_thread(_page, request, person, error)
    agent = request.headers.get("user-agent", "")

    def change() -> str:
        access.people.accounts.set_password(account.name, password_hash)
        access.record("account.password", actor=account.actor, subject=account.name)
        return access.people.sessions.start(account, at_us=now_us(), address=address, agent=agent)

    token = await asyncio.to_thread(change)
    response = see(f"{OWN_ACCOUNT}?is_set=1")
    set_cookie(request, response, SESSION_COOKIE, token)
    return response


@router.post("/sessions/others/end")
def end_other_sessions(request: Request, person: PersonDep, form: PersonForm) -> Response:
    """Log out everywhere but here."""
    access, session = access_of(request), person.session
    n = access.people.sessions.end_others(session.account, session.session_id)
    access.record("session.end", actor=person.actor, subject=person.name, detail={"n": n})
    return see(OWN_ACCOUNT)


@router.post("/sessions/{session_id}/end")
def end_session(
    request: Request,
    person: PersonDep,
    form: PersonForm,
    session_id: Annotated[str, Path(max_length=32)],
) -> Response:
    """Log out one browser of one's own."""
    access = access_of(request)
    access.people.sessions.end(person.session.account, session_id)
    access.record("session.end", actor=person.actor, subject=person.name, detail={"n": 1})
    return see(OWN_ACCOUNT)


def _page(request: Request, person: Person, error: ShopError | None = None) -> Response:
    sessions = access_of(request).people.sessions.of_account(person.session.account, at_us=now_us())
    page = console_of(request).page(
        request,
        "account.html",
        status=error.status if error else 200,
        person=person,
        sessions=sessions,
        error=error,
        is_set=request.query_params.get("is_set") == "1",
        min_characters=MIN_CHARACTERS,
    )
    if (retry_after_s := getattr(error, "retry_after_s", None)) is not None:
        page.headers["Retry-After"] = str(retry_after_s)
    return page
