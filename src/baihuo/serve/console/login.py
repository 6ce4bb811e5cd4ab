"""Log in, log out, and the link with which somebody who was invited sets a password; a person's own account: another password, and
the browsers in which they are logged in."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from baihuo.access import (
    INVITE_HOURS,
    MIN_CHARACTERS,
    WeakPassword,
    no_invite,
    require_good_password,
    require_same_password,
)
from baihuo.core import NotFound, ShopError
from baihuo.serve.api.access import Access, access_of
from baihuo.serve.api.people import SESSION_COOKIE, Person, cookie_name, csrf_of, masked, set_cookie
from baihuo.serve.console.layout import (
    LOGIN,
    LOGIN_COOKIE,
    ConsoleRoute,
    PersonDep,
    PersonForm,
    StrangerForm,
    address_of,
    console_of,
    next_path,
    see,
)
from baihuo.serve.console.logins import TooManyLogins, WrongLogin
from baihuo.serve.ids import now_us
from baihuo.serve.traffic.guard import Overloaded

router = APIRouter(prefix="/console", include_in_schema=False, route_class=ConsoleRoute)
_MAX_NAME = 64


@router.get("/login")
async def login_page(request: Request) -> Response:
    """The form; who is logged in already goes on."""
    wanted = next_path(request.query_params.get("next", ""))
    if access_of(request).people.find(request) is not None:
        return see(wanted)
    return _login_form(request, wanted=wanted)


@router.post("/login")
async def log_in(request: Request, form: StrangerForm) -> Response:
    """A new session, whatever session the browser had before."""
    access, console = access_of(request), console_of(request)
    name = form.get("name", "").strip().lower()[:_MAX_NAME]
    wanted = next_path(form.get("next", ""))
    try:
        token = await console.logins.log_in(
            access,
            name=name,
            password=form.get("password", ""),
            address=address_of(request),
            agent=request.headers.get("user-agent", ""),
        )
    except (WrongLogin, TooManyLogins, Overloaded) as error:
        return _login_form(request, wanted=wanted, name=name, error=error)
    if (before := access.people.find(request)) is not None:
        await asyncio.to_thread(_end, access, before)
    response = see(wanted)
    set_cookie(request, response, SESSION_COOKIE, token)
    set_cookie(request, response, LOGIN_COOKIE, "")
    return response


@router.post("/logout")
def log_out(request: Request, person: PersonDep, form: PersonForm) -> Response:
    """End the session, here and in the file."""
    access = access_of(request)
    _end(access, person)
    access.record("logout", actor=person.actor, subject=person.name)
    response = see(LOGIN)
    set_cookie(request, response, SESSION_COOKIE, "")
    return response


@router.get("/invite")
def invite_page(request: Request) -> Response:
    """The form of a link. Looking at it does not use it up: programs that read mail follow links."""
    token = request.query_params.get("token", "")
    account = access_of(request).people.accounts.invited(token, at_us=now_us())
    if account is None:
        raise no_invite()
    return _invite_form(request, token, account.name)


@router.post("/invite")
async def accept_invite(request: Request, form: StrangerForm) -> Response:
    """Set the password; the link is void, and its holder logs in with what they chose."""
    access, token = access_of(request), form.get("token", "")
    accounts = access.people.accounts
    account = await asyncio.to_thread(accounts.invited, token, at_us=now_us())
    if account is None:
        raise no_invite()
    try:
        password = chosen_password(form, name=account.name)
    except WeakPassword as error:
        return _invite_form(request, token, account.name, error)
    password_hash = await console_of(request).logins.hash(password)
    await asyncio.to_thread(accounts.accept, token, password_hash, at_us=now_us())
    await asyncio.to_thread(
        access.record,
        "account.password",
        actor=account.actor,
        subject=account.name,
        detail={"by": "link"},
    )
    return see(f"{LOGIN}?is_set=1")


def chosen_password(form: dict[str, str], *, name: str) -> str:
    """The new password of a form that asks for it twice.

    Raises:
        WeakPassword: the two differ, or it is one that is guessed first.
    """
    password = form.get("new", "")
    require_same_password(password, form.get("again", ""))
    require_good_password(password, name=name)
    return password


def _login_form(
    request: Request, *, wanted: str, name: str = "", error: ShopError | None = None
) -> Response:
    return _stranger_page(
        request,
        "login.html",
        status=error.status if error else 200,
        error=error,
        wanted=wanted,
        name=name,
        is_set=request.query_params.get("is_set") == "1",
        wait_s=getattr(error, "retry_after_s", None),
    )


def _invite_form(
    request: Request, token: str, name: str, error: ShopError | None = None
) -> Response:
    return _stranger_page(
        request,
        "invite.html",
        status=error.status if error else 200,
        error=error,
        token=token,
        name=name,
        min_characters=MIN_CHARACTERS,
        hours=INVITE_HOURS,
    )


def _stranger_page(request: Request, template: str, **values: object) -> Response:
    """A form for somebody who is not logged in: its token is made of a secret in a cookie of this browser."""
    secret = request.cookies.get(cookie_name(request, LOGIN_COOKIE), "")
    is_new = len(secret) < 32
    secret = secrets.token_urlsafe(32) if is_new else secret
    page = console_of(request).page(request, template, form_csrf=masked(csrf_of(secret)), **values)  # type: ignore[arg-type]
    if is_new:
        set_cookie(request, page, LOGIN_COOKIE, secret)
    if (retry_after_s := values.get("wait_s")) is not None:
        page.headers["Retry-After"] = str(retry_after_s)
    return page


def _end(access: Access, person: Person) -> None:
    with suppress(NotFound):  # ended meanwhile
        access.people.sessions.end(person.session.account, person.session.session_id)


OWN_ACCOUNT = "/console/account"


@router.get("/account")
def own_account_page(request: Request, person: PersonDep) -> Response:
    """The form of the password, and the sessions."""
    return _page(request, person)


@router.post("/account/password")
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


@router.post("/account/sessions/others/end")
def end_other_sessions(request: Request, person: PersonDep, form: PersonForm) -> Response:
    """Log out everywhere but here."""
    access, session = access_of(request), person.session
    n = access.people.sessions.end_others(session.account, session.session_id)
    access.record("session.end", actor=person.actor, subject=person.name, detail={"n": n})
    return see(OWN_ACCOUNT)


@router.post("/account/sessions/{session_id}/end")
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
