"""Who is on duty at the desk, and whether it answers now."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from baihuo.assist.desk.hours import OpeningHours
from baihuo.assist.desk.settings import DeskSettings
from baihuo.assist.turns import Language
from baihuo.core import open_sqlite, transaction
from baihuo.engine import sql_file

_SCHEMA = sql_file(__file__, "desk")


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A person at the desk."""

    name: str
    since_us: int
    seen_at_us: int


class DutyFile:
    """The file of who is on duty. All worker processes share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = open_sqlite(path, _SCHEMA(), version=1, durability="NORMAL")
        self._lock = threading.Lock()

    def seen(self, name: str, *, at_us: int, away_us: int) -> None:
        """Somebody did something at the desk. After ``away_us`` without anything they begin again."""
        with self._lock, transaction(self._db, self._path) as db:
            db.execute(
                "INSERT INTO duty VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                "since_us = iif(seen_at_us < excluded.seen_at_us - ?, excluded.since_us, since_us), "
                "seen_at_us = max(seen_at_us, excluded.seen_at_us)",
                (name, at_us, at_us, away_us),
            )

    def leave(self, name: str) -> bool:
        """Somebody goes off duty; returns whether they were on it."""
        with self._lock, transaction(self._db, self._path) as db:
            return db.execute("DELETE FROM duty WHERE name = ?", (name,)).rowcount > 0

    def on_duty(self, *, at_us: int, away_us: int) -> list[OnDuty]:
        """Who did something within ``away_us``, by name. A time ahead of the clock does not count."""
        with self._lock:
            rows = self._db.execute(
                "SELECT name, since_us, seen_at_us FROM duty WHERE seen_at_us > ? AND seen_at_us <= ? ORDER BY name",
                (at_us - away_us, at_us + 60_000_000),
            ).fetchall()
        return [OnDuty(*row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


@dataclass(frozen=True, slots=True)
class DeskState:
    """Whether somebody answers now."""

    is_open: bool
    on_duty: tuple[OnDuty, ...]
    opens_at: datetime | None = (
        None  # outside of the hours: when they begin, in the shop's time zone
    )


def desk_state(
    duty: DutyFile, settings: DeskSettings, hours: OpeningHours, *, at_us: int
) -> DeskState:
    """Open is a desk within its hours with somebody on duty."""
    people = tuple(duty.on_duty(at_us=at_us, away_us=settings.away_us))
    is_open = bool(people) and hours.is_open(at_us)
    return DeskState(is_open, people, hours.opens_at(at_us))


_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}


def opens_text(state: DeskState, language: Language) -> str:
    """When the desk opens, as a part of a sentence; empty within its hours."""
    if state.opens_at is None:
        return ""
    day = _WEEKDAYS[language][state.opens_at.weekday()]
    at, zone = f"{state.opens_at:%H:%M}", state.opens_at.tzname()
    return f"{day} {at}（{zone}）" if language == "zh" else f"on {day} at {at} ({zone})"
