"""Opening hours of the desk, and who is on duty."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from baihuo.assist import DeskSettings, DutyFile, desk_state, opens_text

MINUTE_US = 60_000_000


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1e6)


SETTINGS = DeskSettings(
    hours=("Mon-Fri 09:00-18:00", "Sat 10:00-14:00"), timezone="Asia/Shanghai", away_minutes=10
)


@pytest.mark.parametrize(
    ("utc", "is_open"),
    [
        ("2026-11-27T01:00", True),  # Friday, nine in Shanghai
        ("2026-11-27T00:59", False),
        ("2026-11-27T09:59", True),
        ("2026-11-27T10:00", False),
        ("2026-11-28T02:30", True),  # Saturday
        ("2026-11-29T03:00", False),  # Sunday
    ],
)
def test_hours_are_those_of_the_shops_time_zone(utc: str, is_open: bool) -> None:
    assert SETTINGS.opening_hours().is_open(at(utc)) is is_open


def test_a_desk_says_when_it_opens_next_also_after_the_clocks_changed() -> None:
    hours = SETTINGS.opening_hours()
    opens = hours.opens_at(at("2026-11-28T08:00"))  # Saturday afternoon
    assert opens is not None
    assert f"{opens:%a %H:%M}" == "Mon 09:00"
    berlin = DeskSettings(hours=("Mon 09:00-10:00",), timezone="Europe/Berlin").opening_hours()
    opens = berlin.opens_at(at("2026-10-24T12:00"))  # winter time begins on Sunday
    assert opens is not None
    assert opens.astimezone(UTC).hour == 8


def test_without_hours_a_desk_is_open_while_somebody_is_there(tmp_path: Path) -> None:
    settings, now = DeskSettings(), at("2026-11-29T03:00")
    duty, hours = DutyFile(tmp_path / "desk.sqlite"), settings.opening_hours()
    assert not desk_state(duty, settings, hours, at_us=now).is_open
    duty.seen("ann", at_us=now, away_us=settings.away_us)
    state = desk_state(duty, settings, hours, at_us=now + 9 * MINUTE_US)
    assert state.is_open
    assert opens_text(state, "en") == ""
    assert not desk_state(duty, settings, hours, at_us=now + 11 * MINUTE_US).is_open


def test_who_goes_and_who_comes_back_is_seen_by_all_workers(tmp_path: Path) -> None:
    now, away = at("2026-11-27T03:00"), SETTINGS.away_us
    one, other = DutyFile(tmp_path / "desk.sqlite"), DutyFile(tmp_path / "desk.sqlite")
    one.seen("ann", at_us=now, away_us=away)
    one.seen("ann", at_us=now + 5 * MINUTE_US, away_us=away)
    assert [p.since_us for p in other.on_duty(at_us=now + 6 * MINUTE_US, away_us=away)] == [now]
    assert other.leave("ann")
    assert not one.on_duty(at_us=now + 6 * MINUTE_US, away_us=away)
    assert not one.leave("ann")
    one.seen("ann", at_us=now + 60 * MINUTE_US, away_us=away)
    later = one.on_duty(at_us=now + 61 * MINUTE_US, away_us=away)
    assert [p.since_us for p in later] == [now + 60 * MINUTE_US]


def test_a_desk_outside_its_hours_is_closed_though_somebody_is_there(tmp_path: Path) -> None:
    now = at("2026-11-29T03:00")
    duty = DutyFile(tmp_path / "desk.sqlite")
    duty.seen("ann", at_us=now, away_us=SETTINGS.away_us)
    state = desk_state(duty, SETTINGS, SETTINGS.opening_hours(), at_us=now)
    assert not state.is_open
    assert opens_text(state, "en") == "on Monday at 09:00 (CST)"
    assert opens_text(state, "zh") == "周一 09:00（CST）"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"hours": ["Mon-Fri 9-18"]}, "Mon-Fri 9-18"),
        ({"hours": ["Mon 18:00-09:00"]}, "ends before it begins"),
        ({"hours": ["Mon 25:00-26:00"]}, "25:00"),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"timezone": "../../etc/passwd"}, "no time zone"),
        ({"claim_minutes": 0}, "claim_minutes"),
    ],
)
def test_settings_that_mean_nothing_are_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError) as raised:
        DeskSettings.model_validate(values)
    assert named in str(raised.value)
