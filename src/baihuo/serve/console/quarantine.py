"""Rows in quarantine: by check, one by one, fixed, accepted or rejected in place. Without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from baihuo import quality
from baihuo.access import Scope
from baihuo.core import BadInput, Conflict, ShopError
from baihuo.quality import quarantined
from baihuo.serve.api import quarantine_room as room
from baihuo.serve.api.access import Forbidden
from baihuo.serve.api.people import Person
from baihuo.serve.console.layout import console_of
from baihuo.serve.console.quarantine_view import RowForm, checks_by_name, counts_view, rows_view
from baihuo.serve.console.routing import ConsoleRoute, PersonDep, WideForm, see

QUARANTINE = "/console/quarantine"
router = APIRouter(prefix=QUARANTINE, include_in_schema=False, route_class=ConsoleRoute)
_PAGE = 25
_MAX_WHY = 500
_Table = Literal["events", "products"]
_RowName = Annotated[str, Path(pattern=r"^[0-9]{1,9}-[0-9]{1,18}$")]


async def merchandiser(person: PersonDep) -> Person:
    """Somebody who is logged in and may decide on rows.

    Raises:
        Forbidden: the role is another one.
    """
    if not person.allows(Scope.MERCHANDISER):
        raise Forbidden(
            f"{person.lacks}; this page is for merchandisers",
            fix=f"ask for another role: baihuo accounts role {person.name} merchandiser",
        )
    return person


MerchandiserDep = Annotated[Person, Depends(merchandiser)]


@router.get("")
def list_page(
    request: Request,
    person: MerchandiserDep,
    check: str = "",
    after: str = "",
    state: str = "",
    done: str = "",
) -> Response:
    """What is in quarantine: how much by check and why, and the rows, 25 on a page."""
    store, is_rejected = room.row_store(request), state == "rejected"
    rows = quarantined.list_rows(
        store,
        check=check[:100] or None,
        limit=_PAGE + 1,
        after=after[:50],
        is_rejected=is_rejected,
    )
    checks = checks_by_name(request)
    page, more = rows[:_PAGE], ""
    kept = {"check": check, "state": state}
    if len(rows) > _PAGE:
        last = f"{page[-1].table}/{page[-1].row_id}"
        more = f"{QUARANTINE}?{urlencode({**kept, 'after': last})}"
    waiting = counts_view(quarantined.count_rows(store), checks, state="")
    rejected = counts_view(
        quarantined.count_rows(store, is_rejected=True), checks, state="rejected"
    )
    return console_of(request).page(
        request,
        "quarantine.html",
        person=person,
        counts=rejected if is_rejected else waiting,
        n_waiting=sum(one["n"] for one in waiting),
        n_rejected=sum(one["n"] for one in rejected),
        is_rejected=is_rejected,
        check=check,
        rows=rows_view(page, checks),
        more=more,
        done=done if done in ("fix", "release", "reject") else "",
    )


@router.get("/{table}/{row}")
def row_page(request: Request, person: MerchandiserDep, table: _Table, row: _RowName) -> Response:
    """One row: what was found, the field at fault, and what a person may do."""
    return _page(request, person, _form(request, table, row, {}))


@router.get("/{table}/{row}/{action}")
def back(person: MerchandiserDep, table: _Table, row: _RowName, action: str) -> Response:
    """The page of the row, for who changes the language or loads it again after a form."""
    return see(f"{QUARANTINE}/{table}/{row}")


@router.post("/{table}/{row}/preview")
def preview(
    request: Request, person: MerchandiserDep, form: WideForm, table: _Table, row: _RowName
) -> Response:
    """What the checks say about the row as it was typed; nothing is sent in."""
    filled = _form(request, table, row, form)
    store = room.row_store(request)
    try:
        seen = room.preview(request, store, filled.row.row_id, filled.changed, table)
    except BadInput as error:
        return _page(request, person, filled, error=error)
    return _page(request, person, filled, seen=seen)


@router.post("/{table}/{row}/fix")
def fix(
    request: Request, person: MerchandiserDep, form: WideForm, table: _Table, row: _RowName
) -> Response:
    """Send a fixed copy in. Where that is not possible, the page comes back with what was typed."""

    def send(filled: RowForm, why: str) -> None:
        with room.SENDING:
            quality.fix(
                room.row_store(request),
                filled.row.row_id,
                filled.changed,
                by=person.name,
                why=why,
                mask=room.row_mask(request),
                table=table,
            )

    return _decided(request, person, "fix", _form(request, table, row, form), send)


@router.post("/{table}/{row}/release")
def release(
    request: Request, person: MerchandiserDep, form: WideForm, table: _Table, row: _RowName
) -> Response:
    """Accept the row as it is."""

    def send(filled: RowForm, why: str) -> None:
        with room.SENDING:
            quality.release_from_quarantine(
                room.row_store(request),
                [filled.row.row_id],
                by=person.name,
                why=why,
                mask=room.row_mask(request),
                table=table,
            )

    return _decided(request, person, "release", _form(request, table, row, form), send)


@router.post("/{table}/{row}/reject")
def reject(
    request: Request, person: MerchandiserDep, form: WideForm, table: _Table, row: _RowName
) -> Response:
    """Keep the row out for good."""

    def keep_out(filled: RowForm, why: str) -> None:
        quality.reject(
            room.row_store(request), [filled.row.row_id], by=person.name, why=why, table=table
        )

    return _decided(request, person, "reject", _form(request, table, row, form), keep_out)


def _form(request: Request, table: _Table, row: str, form: Mapping[str, str]) -> RowForm:
    found = quarantined.find_row(room.row_store(request), row.replace("-", ":"), table)
    return RowForm.of(found, checks_by_name(request).get(found.check), form)


def _decided(
    request: Request,
    person: Person,
    action: str,
    filled: RowForm,
    decide: Callable[[RowForm, str], None],
) -> Response:
    """Carry out a decision with its reason, and note it; back to the list, or to the row with what was wrong."""
    why = filled.why.strip()[:_MAX_WHY]
    try:
        if not why:
            raise BadInput("no reason was given", fix="say why: it is kept with the row")
        decide(filled, why)
    except (BadInput, Conflict) as error:
        return _page(request, person, filled, error=error)
    row_id = filled.row.row_id
    room.record(request, person.actor, f"quarantine.{action}", [row_id], person.name, why)
    return see(f"{QUARANTINE}?{urlencode({'check': filled.row.check, 'done': action})}")


def _page(
    request: Request,
    person: Person,
    filled: RowForm,
    *,
    seen: quality.Preview | None = None,
    error: ShopError | None = None,
) -> Response:
    return console_of(request).page(
        request,
        "quarantine_row.html",
        status=error.status if error else 200,
        person=person,
        form=filled,
        seen=seen,
        error=error,
        may_release=filled.row.step not in (quarantined.IMPORT, "consent"),
    )
