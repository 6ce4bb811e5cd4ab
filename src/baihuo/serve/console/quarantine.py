"""Rows in quarantine: by check, one by one, fixed, accepted or rejected in place; and notes about groups, accepted or not. Without
scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from baihuo import quality
from baihuo.access import Scope
from baihuo.core import BadInput, Conflict, NotFound, ShopError, ShopPaths
from baihuo.quality import (
    Check,
    QuarantinedRow,
    fields_at_fault,
    quarantined,
    spreadsheet,
    time_text,
    with_times,
)
from baihuo.serve.api import quarantine_room as room
from baihuo.serve.api.access import Forbidden
from baihuo.serve.api.people import Person
from baihuo.serve.api.quarantine_room import custom_checks
from baihuo.serve.console.layout import (
    ConsoleRoute,
    PersonDep,
    PersonForm,
    WideForm,
    console_of,
    see,
)

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
    """What is in quarantine: how much by check and why, the rows, 25 on a page, and notes about groups."""
    return _list(request, person, check=check, after=after, state=state, done=done)


@router.post("")
def accept(request: Request, person: MerchandiserDep, form: PersonForm) -> Response:
    """Accept a note about a group, or take such a verdict back; without a reason the page comes back with what was typed."""
    paths, why = ShopPaths(request.app.state.shop), form.get("why", "").strip()[:_MAX_WHY]
    try:
        if undo := form.get("undo", ""):
            action, why = "undo_accept", "taken back"
            verdict = quality.undo_accepted(
                paths.raw, int(undo) if undo.isdecimal() else 0, by=person.name
            )
        else:
            if not why:
                raise BadInput("no reason was given", fix="say why: it is kept with the note")
            action, key, until = "accept", form.get("note", ""), form.get("until") or None
            verdict = quality.accept_note(
                paths.raw, paths.clean, key, by=person.name, why=why, until=until
            )
    except (BadInput, Conflict, NotFound) as error:
        return _list(request, person, typed=form, error=error)
    what = str(verdict.note)
    room.record(request, person.actor, f"quarantine.{action}", [what], person.name, why)
    return see(f"{QUARANTINE}?done={action}#notes")


def _list(
    request: Request,
    person: Person,
    *,
    check: str = "",
    after: str = "",
    state: str = "",
    done: str = "",
    typed: Mapping[str, str] | None = None,
    error: ShopError | None = None,
) -> Response:
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
    verdicts, notes = quality.read_accepted(store.raw), list[quality.GroupNote]()
    with suppress(NotFound):  # nothing was checked yet
        notes = quality.group_notes(store.clean)
    return console_of(request).page(
        request,
        "quarantine.html",
        status=error.status if error else 200,
        person=person,
        notes=[note for note in notes if not any(v.covers(note) for v in verdicts)],
        verdicts=verdicts,
        typed={"note": "", "why": "", "until": "", **(typed or {})},
        error=error,
        counts=rejected if is_rejected else waiting,
        n_waiting=sum(one["n"] for one in waiting),
        n_rejected=sum(one["n"] for one in rejected),
        is_rejected=is_rejected,
        check=check,
        rows=rows_view(page, checks),
        more=more,
        done=done if done in ("fix", "release", "reject", "accept", "undo_accept") else "",
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


_SHORT = 80
VALUE = "v."
"""Names of form fields that hold values of the row begin so."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a row, as a form shows it."""

    name: str
    text: str  # as it is typed now
    old: str  # as it is in quarantine
    is_at_fault: bool

    @property
    def is_changed(self) -> bool:
        """Whether it was changed."""
        return _plain(self.text) != _plain(self.old)

    @property
    def time(self) -> str:
        """Of a time in µs, as people read it; "" of other fields."""
        return time_of(self.name, self.text)

    @property
    def is_long(self) -> bool:
        """Whether one line is too little for it."""
        return len(self.text) > _SHORT or "\n" in self.text


@dataclass(frozen=True, slots=True)
class RowForm:
    """A row in quarantine and its form."""

    row: QuarantinedRow
    check: Check | None
    fields: tuple[FormField, ...]  # those at fault first, then those with a value
    empty: tuple[FormField, ...]  # the others
    why: str

    @classmethod
    def of(cls, row: QuarantinedRow, check: Check | None, form: Mapping[str, str]) -> RowForm:
        """With what was typed so far."""
        old, at_fault = spreadsheet.cells_of(row), fields_at_fault(row, check)
        names = dict.fromkeys([*at_fault, *old, *spreadsheet.fields_of([row])])
        every = [
            FormField(n, form.get(VALUE + n, old.get(n, "")), old.get(n, ""), n in at_fault)
            for n in names
        ]
        shown = tuple(f for f in every if f.is_at_fault or f.text or f.old)
        empty = tuple(f for f in every if f not in shown)
        return cls(row, check, shown, empty, form.get("why", ""))

    @property
    def changed(self) -> dict[str, str | None]:
        """Field → new text, of the fields that were changed; None blanks one."""
        return {f.name: f.text or None for f in (*self.fields, *self.empty) if f.is_changed}

    @property
    def path(self) -> str:
        """Of its page."""
        return row_path(self.row)

    @property
    def detail(self) -> dict[str, Any]:
        """What the check found, with times that people read."""
        return with_times({k: v for k, v in self.row.detail.items() if v is not None})


def row_path(row: QuarantinedRow) -> str:
    """The page of a row."""
    return f"/console/quarantine/{row.table}/{row.row_id.replace(':', '-')}"


def time_of(name: str, text: str) -> str:
    """The text of a field that holds a time in µs, as people read it; "" where it is none."""
    is_time = name.endswith("_at_us") and text.strip().isdecimal()
    return time_text(int(text)) if is_time and len(text) < 19 else ""


def checks_by_name(request: Request) -> dict[str, Check]:
    """The checks of this version and of the shop; where its own cannot be read, those of this version."""
    own = quality.CustomChecks()
    with suppress(ShopError):  # the next check says what is wrong with them
        own = custom_checks(request)
    return {check.name: check for check in quality.every_check(own)}


def counts_view(
    counts: Sequence[Mapping[str, Any]], checks: Mapping[str, Check], *, state: str
) -> list[dict[str, Any]]:
    """How many rows each check took, and why."""
    return [
        {**one, "why": checks[one["check"]].why if one["check"] in checks else "", "state": state}
        for one in counts
    ]


def rows_view(rows: Iterable[QuarantinedRow], checks: Mapping[str, Check]) -> list[dict[str, Any]]:
    """A line a row: its name, and the field at fault with its value."""
    found = []
    for row in rows:
        cells = spreadsheet.cells_of(row)
        name = cells.get("title") or cells.get("title_en") or cells.get("title_zh")
        name = name or cells.get("event_id") or cells.get("product_id") or (row.raw or "")
        fault = next(iter(fields_at_fault(row, checks.get(row.check))), "")
        value = cells.get(fault, "") or str(row.detail.get("value") or "")
        found.append(
            {
                "row": row,
                "path": row_path(row),
                "name": name[:_SHORT],
                "kind": cells.get("event_type", ""),
                "field": fault,
                "value": time_of(fault, value) or value[:_SHORT],
            }
        )
    return found


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
