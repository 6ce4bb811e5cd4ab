"""Notes about groups that a person accepted because the change is honest: the next checks leave them out.

A verdict is a line of ``1-raw/accepted.jsonl``, and so is its end where it is taken back. It holds for the same group and signal, from the
first day of its note on, and for no more than twice of what was accepted: another change, or a worse one, is noted again.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from baihuo.core import BadInput, Conflict, NotFound
from baihuo.quality.decided import deciding, read_lines

_FILE = "accepted.jsonl"
_SAME = {
    "unlike_its_history": ("group", "signal", "event_type"),
    "two_values_for_one_id": ("key", "field"),
    "unlike_the_catalogue": ("field", "signal"),
}
"""The checks that note something about a group, and what of the detail says which."""
_TEXTS = {
    "unlike_its_history": "{group}, {from} to {until}, {rows}: {signal} in {share:.3g}%, {expected:.3g}% expected",
    "two_values_for_one_id": "{field} has several values in {n_with_several:,} of {n_ids:,} ids of {key}",
    "unlike_the_catalogue": "{field}: {signal} in {share:.3g}%",
}
NEAR_DAYS = 2  # by which the first day and the last one of a change move from check to check
_TIMES = 2.0  # as far from what is expected as what was accepted: more is another change
_BIN = re.compile(r"(.*) is (\S*) to (\S*)")
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class GroupNote:
    """What a check noted about a group, with the number of rows behind it."""

    check: str
    detail: Mapping[str, Any]  # of its findings
    n_rows: int = 0

    def __str__(self) -> str:
        shares = {"share": 100 * self.share, "expected": 100 * self.expected}
        rows = self.detail.get("event_type") or "all events"
        return _TEXTS[self.check].format_map({**self.detail, **shares, "rows": rows})

    @property
    def key(self) -> str:
        """Names it: the same group, signal and first day at each check have the same key."""
        names = [*_SAME[self.check], "from"]
        text = json.dumps([self.check, *(self.detail.get(name) for name in names)])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def share(self) -> float:
        """The share of visitor-days, ids or listings, 0 to 1."""
        if "n_ids" in self.detail:
            return float(self.detail["n_with_several"] / max(1, self.detail["n_ids"]))
        return float(self.detail["share"])

    @property
    def expected(self) -> float:
        """The usual share."""
        return float(self.detail.get("expected", 0.0))

    def is_about_the_same(self, other: GroupNote) -> bool:
        """Whether both name the same group and signal, on whichever days."""
        return self.check == other.check and all(
            _is_same(str(self.detail.get(name)), str(other.detail.get(name)))
            for name in _SAME[self.check]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A person's word that what a note says is right."""

    number: int
    note: GroupNote
    until: str | None  # its last day; None: it goes on
    by: str
    why: str
    at_us: int

    @property
    def most(self) -> float:
        """The largest share that it covers."""
        return self.note.expected + _TIMES * (self.note.share - self.note.expected)

    @property
    def days(self) -> tuple[int, int | None]:
        """First and last day that it covers, since 1970; None: it goes on. Of notes without days every day."""
        first = self.note.detail.get("from")
        return (
            _day(first) - NEAR_DAYS if first else 0,
            _day(self.until) + NEAR_DAYS if self.until else None,
        )

    @property
    def last_noted(self) -> int:
        """The last day of its note, since 1970."""
        return _day(self.note.detail["until"])

    def covers(self, note: GroupNote) -> bool:
        """Whether a note is about the change that was accepted, and not about another or a worse one."""
        if not self.note.is_about_the_same(note) or note.share > self.most:
            return False
        if "from" not in note.detail:
            return True
        first, last = self.days
        return first <= _day(note.detail["from"]) and (
            last is None or _day(note.detail["until"]) <= last
        )


class LeftOut:
    """Counts, for one step of one run, the verdicts that left a note out."""

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        self.verdicts = tuple(verdicts)
        self._used: dict[int, Verdict] = {}

    def covers(self, note: GroupNote) -> bool:
        """Whether a verdict covers a note, which is counted then."""
        verdict = next((v for v in self.verdicts if v.covers(note)), None)
        if verdict is not None:
            self.count(verdict)
        return verdict is not None

    def count(self, verdict: Verdict) -> None:
        """Record that a verdict left something out."""
        self._used[verdict.number] = verdict

    def words(self, step: str) -> list[str]:
        """How many notes, and whose word it was, for the report."""
        used = Counter(
            (v.by, datetime.fromtimestamp(v.at_us / 1e6, UTC).date()) for v in self._used.values()
        )
        return [
            f"{step}: {n} {'note' if n == 1 else 'notes'} that {by} accepted on {day} {'is' if n == 1 else 'are'} left out"
            for (by, day), n in sorted(used.items())
        ]


def group_notes(clean: Path) -> list[GroupNote]:
    """The notes about groups of the last check, those with most rows first.

    Args:
        clean: the shop's ``2-clean`` folder.

    Raises:
        NotFound: nothing was checked yet.
    """
    path = clean / "findings.parquet"
    if not path.exists():
        raise NotFound(f"there is no {path}", fix="run `baihuo check` first")
    table = pq.read_table(path, columns=["check", "detail"], filters=[("check", "in", [*_SAME])])
    found: dict[str, GroupNote] = {}
    for row in table.group_by(["check", "detail"]).aggregate([([], "count_all")]).to_pylist():
        note = GroupNote(row["check"], json.loads(row["detail"]), row["count_all"])
        one = found.get(note.key, note)
        n_rows = note.n_rows if one is note else one.n_rows + note.n_rows
        found[note.key] = GroupNote(
            note.check, max(one, note, key=lambda x: x.share).detail, n_rows
        )
    return sorted(found.values(), key=lambda note: (-note.n_rows, note.check, note.key))


def read_accepted(raw: Path) -> tuple[Verdict, ...]:
    """The verdicts that hold, oldest first.

    Args:
        raw: the shop's ``1-raw`` folder.
    """
    found: dict[int, Verdict] = {}
    for one in read_lines(raw / _FILE):
        if "undo" in one:
            found.pop(one["undo"], None)
        elif one.get("check") in _SAME:
            note = GroupNote(one.pop("check"), one.pop("detail"), one.pop("n_rows"))
            found[one["number"]] = Verdict(note=note, **one)
    return tuple(found.values())


def accept_note(
    raw: Path, clean: Path, name: str, *, by: str, why: str, until: str | None = None
) -> Verdict:
    """Keep that a note of the last check is right, so that the next one leaves it out.

    Args:
        name: the note's number in :func:`group_notes`, from 1, or its key.
        until: the last day of the change, ``2026-05-31``; None: the note's own, if it was over before the log ended, else it goes on.

    Raises:
        NotFound: nothing was checked yet, or there is no such note.
        BadInput: ``by`` or ``why`` is empty, or ``until`` is no day after the first one.
        Conflict: it was accepted already.
    """
    notes = group_notes(clean)
    note = next((x for n, x in enumerate(notes, 1) if name in (str(n), x.key)), None)
    if note is None:
        raise NotFound(
            f"the last check made no note {name}", fix="`baihuo quarantine notes` lists them"
        )
    first = note.detail.get("from")
    if until is not None and not (first and _is_day(until) and first <= until):
        raise BadInput(
            f"the change cannot end on {until!r}",
            fix=f"use a day from {first} on" if first else "leave it out: this note has no days",
        )
    if until is None and not note.detail.get("goes_on", True):
        until = note.detail["until"]
    with deciding(raw / _FILE, by=by, why=why, work="accepting a note") as lines:
        if before := next((v for v in read_accepted(raw) if v.covers(note)), None):
            raise Conflict(
                f"{before.by} accepted this already",
                fix=f"nothing; `baihuo quarantine accept --undo {before.number}` takes it back",
            )
        number = 1 + max((one.get("number", 0) for one in read_lines(raw / _FILE)), default=0)
        said = {"check": note.check, "detail": dict(note.detail), "n_rows": note.n_rows}
        lines.append({"number": number, **said, "until": until})
    return next(v for v in read_accepted(raw) if v.number == number)


def undo_accepted(raw: Path, number: int, *, by: str, why: str = "taken back") -> Verdict:
    """Take a verdict back; the next check makes its note again.

    Raises:
        NotFound: no verdict with this number holds.
    """
    with deciding(raw / _FILE, by=by, why=why, work="taking a verdict back") as lines:
        verdict = next((v for v in read_accepted(raw) if v.number == number), None)
        if verdict is None:
            raise NotFound(
                f"there is no verdict {number}",
                fix="`baihuo quarantine notes --accepted` lists them",
            )
        lines.append({"undo": number})
    return verdict


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal() - _EPOCH


def _is_same(one: str, other: str) -> bool:
    """Whether two texts of a detail are the same; bins of numbers move from check to check, so one may hold the middle of the other.

    >>> _is_same("dwell_ms is 10 to 20", "dwell_ms is 14 to 26"), _is_same("dwell_ms is 10 to 20", "dwell_ms is 20 to 30")
    (True, False)
    """
    a, b = _BIN.fullmatch(one), _BIN.fullmatch(other)
    if one == other or not (a and b and a[1] == b[1]):
        return one == other
    try:
        bins = [(float(x[2] or "-inf"), float(x[3] or "inf")) for x in (a, b)]
    except ValueError:
        return False
    return any(
        low < middle < high
        for (low, high), middle in zip(bins, map(_middle, reversed(bins)), strict=True)
    )


def _middle(ends: tuple[float, float]) -> float:
    low, high = ends
    return high if math.isinf(low) else low if math.isinf(high) else (low + high) / 2
