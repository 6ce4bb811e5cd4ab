"""Opening hours of the desk: lines such as ``Mon-Fri 09:00-18:00``, in the time zone of the shop."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from baihuo.core import BadInput

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NAMES = "|".join(DAYS)
_LINE = re.compile(
    rf"({_NAMES})(?:-({_NAMES}))?\s+([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)"
)
_FIX = "write days and times, as in Mon-Fri 09:00-18:00; over midnight as two lines, up to 24:00 and from 00:00"


@dataclass(frozen=True, slots=True)
class _Span:
    """From one minute of a day to another."""

    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When people answer. Without any line: always."""

    spans: tuple[tuple[_Span, ...], ...]  # by weekday, Monday first
    zone: ZoneInfo

    @classmethod
    def read(cls, lines: Iterable[str], timezone: str) -> OpeningHours:
        """From the settings.

        Raises:
            BadInput: a line is none, or there is no such time zone.
        """
        spans: list[list[_Span]] = [[] for _ in DAYS]
        for line in lines:
            for day, span in _days_of(line):
                spans[day].append(span)
        ordered = tuple(tuple(sorted(day, key=lambda s: s.from_minute)) for day in spans)
        return cls(ordered, _zone(timezone))

    def is_open(self, at_us: int) -> bool:
        """Whether ``at_us`` is within them."""
        if not any(self.spans):
            return True
        now = self._local(at_us)
        minute = now.hour * 60 + now.minute
        return any(s.from_minute <= minute < s.to_minute for s in self.spans[now.weekday()])

    def opens_at(self, at_us: int) -> datetime | None:
        """When they next begin, in the time zone of the shop; None while they last, and without any."""
        if self.is_open(at_us):
            return None
        now = self._local(at_us)
        starts = (
            self._at(now.date() + timedelta(days=n), span.from_minute)
            for n in range(8)
            for span in self.spans[(now.weekday() + n) % 7]
        )
        return next((start for start in starts if start > now), None)

    def _local(self, at_us: int) -> datetime:
        return datetime.fromtimestamp(at_us / 1e6, UTC).astimezone(self.zone)

    def _at(self, day: date, minute: int) -> datetime:
        return datetime.combine(day, time(minute // 60, minute % 60), self.zone)


def _days_of(line: str) -> Iterator[tuple[int, _Span]]:
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise BadInput(f"{line!r} are no opening hours", fix=_FIX)
    first, last, *clock = found.groups()
    from_hour, from_minute, to_hour, to_minute = map(int, clock)
    span = _Span(from_hour * 60 + from_minute, to_hour * 60 + to_minute)
    if not span.from_minute < span.to_minute <= 1_440:
        raise BadInput(f"{line!r} ends before it begins", fix=_FIX)
    start = DAYS.index(first)
    n_days = (DAYS.index(last) - start) % 7 + 1 if last else 1
    for n in range(n_days):
        yield (start + n) % 7, span


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            f"there is no time zone {name!r} here",
            fix="write one of the IANA database, as in Europe/Berlin or Asia/Shanghai; UTC is always there "
            "(pip install tzdata where the system has none)",
        ) from error
