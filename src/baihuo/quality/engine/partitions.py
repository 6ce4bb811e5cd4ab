"""Ranges of days that events are checked in: each whole, one after the other, and kept.

A log of any length is cut at midnights (UTC) into ranges of about so many events, so that memory does
not grow with it and a day's new events do not mean checking ten years again. An event belongs to the day it
happened on, as far as its clock can be believed; one that comes late goes to the range of that day
and opens it again (see ``reopened.py``). A range sees half a day of its neighbours, so that a visit
over midnight is one visit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from baihuo.core.shop_paths import EVENTS_FOLDER
from baihuo.engine import written_whole
from baihuo.quality.counts import Day, StepCount

SCHEMA_VERSION = 1
FOLDER = "partitions"
"""What else is kept of each range: its findings, its quarantine, and ``plan.json``."""
ROWS = 6_000_000
"""Events in a range, about: on two cores with 2 GB for tables nothing spills far."""
DAY_US = 86_400_000_000
SLOT_US = DAY_US // 2
"""Days are counted by halves, and half a day before and after a range is looked at with it."""
LAST_DAY = 2_932_896  # 9999-12-31: a date further off has no name
BELIEVED_US = 90 * DAY_US
# When it happened, kept between what our clock can confirm: not after we had it, not a season before
AT = f"least(greatest(occurred_at_us, received_at_us - {BELIEVED_US}), received_at_us)"
SLOT = f"greatest(0, least({2 * LAST_DAY + 1}, ({AT}) // {SLOT_US}))"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRange:
    """A range of days: from ``first_day`` (since 1970-01-01, UTC) until before ``end_day``.

    The first range of a log also holds what is older, the last what is newer.
    """

    first_day: int
    end_day: int | None  # None: the last
    is_first: bool

    @property
    def name(self) -> str:
        return date_of(self.first_day)

    def holds(self, slot: int) -> bool:
        """Whether a half day is in it."""
        return self._is_within(slot, 0)

    def sees(self, slot: int) -> bool:
        """Whether a half day is in it or beside it."""
        return self._is_within(slot, 1)

    def sql(self, slot: str = SLOT, *, around: int = 0) -> str:
        """The same as SQL over ``slot``: ``around`` so many half days more on both sides."""
        parts = [] if self.is_first else [f"({slot}) >= {2 * self.first_day - around}"]
        parts += [] if self.end_day is None else [f"({slot}) < {2 * self.end_day + around}"]
        return " AND ".join(parts) or "true"

    def _is_within(self, slot: int, around: int) -> bool:
        return (self.is_first or slot >= 2 * self.first_day - around) and (
            self.end_day is None or slot < 2 * self.end_day + around
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRange:
    """What is known of a range that was checked."""

    first_day: int
    slots: dict[int, int]  # raw rows by half day
    counts: tuple[StepCount, ...]
    days: tuple[Day, ...]
    not_checked: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    waits: bool = False  # some rows were not yet due when it was checked
    n_rounds: int = 0  # that its steps took

    @property
    def name(self) -> str:
        return date_of(self.first_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class RangePlan:
    """``plan.json``: the ranges as they were checked last, and by and over what."""

    of: str  # the rules, the code, the settings that all ranges were judged by
    files: dict[str, str] = field(default_factory=dict)  # raw file → its fingerprint
    decided: tuple[str, ...] = ()  # what people decided about single rows
    erased: tuple[str, ...] = ()
    begins_day: int | None = None  # as :func:`begins_on` tells it
    partitions: tuple[CheckedRange, ...] = ()

    @classmethod
    def load(cls, out: Path) -> RangePlan | None:
        """The plan of the last run that ended; None where none did, or where its files are not all there."""
        path = out / FOLDER / "plan.json"
        if not path.exists() or not (out / "report.json").exists():
            return None
        try:
            said = json.loads(path.read_bytes())
            if said["schema_version"] != SCHEMA_VERSION:
                return None
            plan = cls(
                of=said["of"],
                files=said["files"],
                decided=tuple(said["decided"]),
                erased=tuple(said["erased"]),
                begins_day=said["begins_day"],
                partitions=tuple(checked_of(p) for p in said["partitions"]),
            )
        except (ValueError, KeyError, TypeError):
            return None
        is_whole = all(path.exists() for p in plan.partitions for path in files_of(out, p.name))
        return plan if is_whole else None

    @staticmethod
    def names(out: Path) -> tuple[str, ...]:
        """The ranges whose files belong into a folder."""
        said = json.loads((out / FOLDER / "plan.json").read_bytes())
        return tuple(date_of(p["first_day"]) for p in said["partitions"])

    def save(self, work: Path) -> None:
        """Beside the ranges' files."""
        with written_whole(work / FOLDER / "plan.json") as part:
            body = {"schema_version": SCHEMA_VERSION, **asdict(self)}
            part.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", "utf-8")


def files_of(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """A range's clean events, its quarantine and its findings."""
    kept = folder / FOLDER
    return (
        folder / EVENTS_FOLDER / f"{name}.parquet",
        kept / f"{name}.quarantine.parquet",
        kept / f"{name}.findings.parquet",
    )


def spans(first_days: Sequence[int]) -> tuple[DayRange, ...]:
    """Ranges that begin on these days; one range of everything where there is none."""
    ends: list[int | None] = [*(first_days or (0,)), None]
    return tuple(
        DayRange(first_day=first or 0, end_day=end, is_first=i == 0)
        for i, (first, end) in enumerate(pairwise(ends))
    )


def planned(before: Sequence[int], slots: Mapping[int, int], *, rows: int) -> tuple[int, ...]:
    """The days that ranges begin on: those of ``before``, and new ones where a range holds too much.

    The last range is cut when it holds more than ``rows``, others when they hold twice as much; a day is never
    cut. A log that grows day by day so ends with the ranges it would have if it were checked at once.

    >>> planned((), {0: 4, 1: 4, 2: 4, 4: 4}, rows=8)
    (0, 1)
    >>> planned((0, 1), {0: 4, 1: 4, 2: 4, 4: 4, 6: 1}, rows=8)
    (0, 1, 3)
    """
    days: dict[int, int] = {}
    for slot, n in sorted(slots.items()):
        days[slot // 2] = days.get(slot // 2, 0) + n
    if not days:
        return tuple(before)
    firsts: list[int] = []
    for span in spans(before or (min(days),)):
        its = {day: n for day, n in days.items() if span.holds(2 * day)}
        most = rows if span.end_day is None else 2 * rows
        firsts += _cut(span.first_day, its, rows) if sum(its.values()) > most else [span.first_day]
    return tuple(firsts)


def _cut(first_day: int, days: Mapping[int, int], rows: int) -> list[int]:
    firsts, n_here = [min(first_day, *days)], 0  # the first range may have got older days
    for day, n in days.items():
        if n_here and n_here + n > rows:
            firsts.append(day)
            n_here = 0
        n_here += n
    return firsts


def begins_on(slots: Mapping[int, int]) -> int | None:
    """The first day with a fair share of the log: more than a quarter of the day that half of all events
    have at least as many as. Rows of clocks that were wrong are no beginning, though they fill many days.

    >>> begins_on({**{day: 6 for day in range(90)}, 400: 90, 401: 90, 402: 200, 404: 170, 406: 160})
    200
    """
    days: dict[int, int] = {}
    for slot, n in slots.items():
        days[slot // 2] = days.get(slot // 2, 0) + n
    so_far, total = 0, sum(days.values())
    for n in sorted(days.values(), reverse=True):
        so_far += n
        if 2 * so_far >= total:
            return min(day for day, its in days.items() if its > n / 4)
    return None


def summed(checked: Sequence[CheckedRange], order: Sequence[str]) -> tuple[StepCount, ...]:
    """The counts of all ranges together, one a step of ``order`` that any of them took."""
    by_step: dict[str, list[StepCount]] = {}
    for one in (count for c in checked for count in c.counts):
        by_step.setdefault(one.step, []).append(one)
    n_left = sum(c.counts[0].n_in for c in checked if c.counts)
    together = []
    for step in (name for name in order if name in by_step):
        its = by_step[step]
        n_in, n_quarantined, n_merged = (
            n_left,
            sum(c.n_quarantined for c in its),
            sum(c.n_merged for c in its),
        )
        n_erased = sum(c.n_erased for c in its)
        n_left -= n_quarantined + n_merged + n_erased
        n_repaired = sum(c.n_repaired for c in its)
        together.append(
            StepCount(
                step, its[0].table, n_in, n_left, n_quarantined, n_merged, n_repaired, n_erased
            )
        )
    return tuple(together)


def days_of(checked: Sequence[CheckedRange]) -> tuple[Day, ...]:
    """Events by the day we received them, of all ranges together."""
    together: dict[str, Day] = {}
    for one in (day for c in checked for day in c.days):
        was = together.get(one.day, Day(one.day, 0, 0, 0))
        together[one.day] = Day(
            one.day,
            was.n_kept + one.n_kept,
            was.n_quarantined + one.n_quarantined,
            was.n_merged + one.n_merged,
            was.n_erased + one.n_erased,
        )
    return tuple(together[day] for day in sorted(together))


def told(words: Sequence[tuple[str, ...]], names: Sequence[str]) -> tuple[str, ...]:
    """What could not be checked; where it was so in some ranges only, with their names."""
    ranges: dict[str, list[str]] = {}
    for name, its in zip(names, words, strict=True):
        for one in its:
            ranges.setdefault(one, []).append(name)
    return tuple(
        one if len(where) == len(names) else f"{one} (events from {', '.join(where[:5])})"
        for one, where in ranges.items()
    )


def date_of(day: int) -> str:
    """``2026-03-01`` of a number of days since 1970."""
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()


def checked_of(said: dict[str, Any]) -> CheckedRange:
    """A range as ``plan.json`` and the journal hold it."""
    return CheckedRange(
        first_day=said["first_day"],
        slots={int(slot): n for slot, n in said["slots"].items()},
        counts=tuple(StepCount(**c) for c in said["counts"]),
        days=tuple(Day(**d) for d in said["days"]),
        not_checked=tuple(said["not_checked"]),
        failed=tuple(said["failed"]),
        waits=said["waits"],
        n_rounds=said["n_rounds"],
    )
