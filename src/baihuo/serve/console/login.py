"""Log in, log out, and the link with which somebody who was invited sets a password."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress

from fastapi import APIRouter, Request
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
from baihuo.serve.api.people import (
    SESSION_COOKIE,
    Person,
    cookie_name,
    csrf_of,
    masked,
    set_cookie,
)
from baihuo.serve.console.layout import address_of, console_of
from baihuo.serve.console.logins import TooManyLogins, WrongLogin
from baihuo.serve.console.routing import (
    LOGIN,
    LOGIN_COOKIE,
    ConsoleRoute,
    PersonDep,
    PersonForm,
    StrangerForm,
    next_path,
    see,
)
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
