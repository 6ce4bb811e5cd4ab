"""What the pages of the quarantine show of rows, checks and counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from baihuo import quality
from baihuo.core import ShopError
from baihuo.quality import (
    Check,
    QuarantinedRow,
    fields_at_fault,
    spreadsheet,
    time_text,
    with_times,
)
from baihuo.serve.api.quarantine_room import custom_checks

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
