"""Ranges of days that events are checked in.

A log of any length is cut at midnights (UTC) into ranges of about so many events, so that memory does
not grow with it and a day's new events do not mean checking ten years again. An event belongs to the day it
happened on, as far as its clock can be believed; one that comes late goes to the range of that day
and makes it invalid (``invalidation.py``). A range also sees half a day of its neighbours, so that a visit
over midnight is one visit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

ROWS = 6_000_000
"""Events in a range, about: on two cores with 2 GB for tables nothing spills far."""
DAY_US = 86_400_000_000
SLOT_US = DAY_US // 2
"""Days are counted by halves (slots), and a slot before and after a range is read with it."""
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
        return date_text(self.first_day)

    def holds(self, slot: int) -> bool:
        """Whether a half day is in it."""
        return self._is_within(slot, 0)

    def sees(self, slot: int) -> bool:
        """Whether a half day is in it or next to it."""
        return self._is_within(slot, 1)

    def sql(self, slot: str = SLOT, *, overlap: int = 0) -> str:
        """The same as SQL over ``slot``, with ``overlap`` half days more on both sides."""
        parts = [] if self.is_first else [f"({slot}) >= {2 * self.first_day - overlap}"]
        parts += [] if self.end_day is None else [f"({slot}) < {2 * self.end_day + overlap}"]
        return " AND ".join(parts) or "true"

    def _is_within(self, slot: int, overlap: int) -> bool:
        return (self.is_first or slot >= 2 * self.first_day - overlap) and (
            self.end_day is None or slot < 2 * self.end_day + overlap
        )


def date_text(day: int) -> str:
    """``2026-03-01`` of a number of days since 1970."""
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()


def day_ranges(first_days: Sequence[int]) -> tuple[DayRange, ...]:
    """Ranges that begin on these days; one range of everything where there is none."""
    ends: list[int | None] = [*(first_days or (0,)), None]
    return tuple(
        DayRange(first_day=first or 0, end_day=end, is_first=i == 0)
        for i, (first, end) in enumerate(pairwise(ends))
    )


def plan_first_days(
    before: Sequence[int], slots: Mapping[int, int], *, rows: int
) -> tuple[int, ...]:
    """The days that ranges begin on: those of ``before``, and new ones where a range holds too much.

    The last range is cut when it holds more than ``rows``, others when they hold twice as much; a day is never
    cut. A log that grows day by day so ends with the ranges it would have if it were checked at once.

    >>> plan_first_days((), {0: 4, 1: 4, 2: 4, 4: 4}, rows=8)
    (0, 1)
    >>> plan_first_days((0, 1), {0: 4, 1: 4, 2: 4, 4: 4, 6: 1}, rows=8)
    (0, 1, 3)
    """
    rows_by_day = _by_day(slots)
    if not rows_by_day:
        return tuple(before)
    firsts: list[int] = []
    for day_range in day_ranges(before or (min(rows_by_day),)):
        inside = {day: n for day, n in rows_by_day.items() if day_range.holds(2 * day)}
        limit = rows if day_range.end_day is None else 2 * rows
        is_too_large = sum(inside.values()) > limit
        firsts += _cut(day_range.first_day, inside, rows) if is_too_large else [day_range.first_day]
    return tuple(firsts)


def log_start_day(slots: Mapping[int, int]) -> int | None:
    """The first day with a fair share of the log: more than a quarter of the day that half of all events
    have at least as many as. Rows of clocks that were wrong are no beginning, though they fill many days.

    >>> log_start_day({**{day: 6 for day in range(90)}, 400: 90, 401: 90, 402: 200, 404: 170, 406: 160})
    200
    """
    rows_by_day = _by_day(slots)
    so_far, total = 0, sum(rows_by_day.values())
    for n in sorted(rows_by_day.values(), reverse=True):
        so_far += n
        if 2 * so_far >= total:
            return min(day for day, n_day in rows_by_day.items() if n_day > n / 4)
    return None


def _by_day(slots: Mapping[int, int]) -> dict[int, int]:
    rows_by_day: dict[int, int] = {}
    for slot, n in sorted(slots.items()):
        rows_by_day[slot // 2] = rows_by_day.get(slot // 2, 0) + n
    return rows_by_day


def _cut(first_day: int, rows_by_day: Mapping[int, int], rows: int) -> list[int]:
    firsts, n_here = [min(first_day, *rows_by_day)], 0  # the first range may have got older days
    for day, n in rows_by_day.items():
        if n_here and n_here + n > rows:
            firsts.append(day)
            n_here = 0
        n_here += n
    return firsts
