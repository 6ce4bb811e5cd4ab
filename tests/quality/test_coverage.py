"""Gaps, compared with counting by hand, and calendars that are no fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.engine import DuckTables
from baihuo.quality import clean
from baihuo.quality.checks.coverage.checks import Visitors, _has_enough_visitors
from baihuo.quality.checks.coverage.gaps import Gap, gaps_in, usual_share, usual_week
from baihuo.quality.checks.coverage.slices import others_continued

HOUR_US = 3_600_000_000
START_US = 1_750_032_000_000_000 // (24 * HOUR_US) * 24 * HOUR_US
LIMITS: dict[str, Any] = {"max_share": 0.1, "min_sigmas": 5.0}


def log(counts: np.ndarray) -> pa.Table:
    """``counts[hour]`` clicks."""
    rng = np.random.default_rng(1)
    hours = np.repeat(np.arange(len(counts)), counts)
    at = np.sort(START_US + hours * HOUR_US + rng.integers(0, HOUR_US, len(hours)))
    n = len(at)
    words = {
        "event_id": [f"e{i}" for i in range(n)],
        "event_type": ["click"] * n,
        "visitor_id": [f"v{i}" for i in rng.integers(0, max(n // 5, 1), n)],
        "occurred_at_us": at,
        "received_at_us": at,
        "product_id": ["p1"] * n,
        "import_id": [1] * n,
        "line": range(1, n + 1),
    }
    return pa.table(
        {f.name: pa.array(words.get(f.name, [None] * n), f.type) for f in EVENTS}, EVENTS
    )


# --- gaps, on counts ----------------------------------------------------------------------------


def week(rng: np.random.Generator, n_weeks: int = 8) -> np.ndarray:
    """A shop with nights, and days off: open 8 to 18, never on Saturday."""
    hour, day = np.arange(n_weeks * 168) % 24, np.arange(n_weeks * 168) // 24 % 7
    return rng.poisson(np.where((hour >= 8) & (hour < 18) & (day != 5), 60, 0)).astype(float)


def test_nights_days_off_and_a_holiday_are_no_gaps() -> None:
    counts = week(np.random.default_rng(3))
    counts[24 * 28 : 24 * 32] = 0  # four days closed
    assert not gaps_in(counts, usual_week(counts), whole=None, **LIMITS)


def test_a_gap_within_the_opening_hours_is_one() -> None:
    counts = week(np.random.default_rng(3))
    counts[24 * 29 + 10 : 24 * 29 + 15] = 0
    (gap,) = gaps_in(counts, usual_week(counts), whole=None, **LIMITS)
    assert (gap.start, gap.end, gap.seen) == (24 * 29 + 10, 24 * 29 + 15, 0)
    assert gap.expected == pytest.approx(300, rel=0.1)


def test_a_gap_between_hours_that_are_usually_empty_is_one_where_people_were_there() -> None:
    counts = week(np.random.default_rng(3))
    day = slice(24 * 29 + 8, 24 * 29 + 18)
    counts[day] = 0
    assert not gaps_in(counts, usual_week(counts), whole=None, **LIMITS)  # a holiday
    counts[day.stop] = 40  # people stayed on after closing time
    assert not gaps_in(counts, usual_week(counts), whole=None, **LIMITS)
    counts[day.start - 1] = 2  # and had come before it opened: what they did in between is not here
    (gap,) = gaps_in(counts, usual_week(counts), whole=None, **LIMITS)
    assert (gap.start, gap.end) == (day.start, day.stop)


def test_growth_a_sale_and_the_first_weeks_are_no_gaps() -> None:
    rng = np.random.default_rng(4)
    level = np.concatenate([np.full(300, 1.0), np.geomspace(1, 200, 800), np.full(300, 200.0)])
    level[900:924] *= 20
    counts = rng.poisson(level).astype(float)
    assert not gaps_in(counts, usual_week(counts), whole=None, **LIMITS)


def test_one_platform_fell_silent_while_the_shop_was_closed_or_not() -> None:
    rng = np.random.default_rng(5)
    web, app = week(rng), week(rng)
    for off in (web, app):
        off[24 * 28 : 24 * 30] = 0  # a holiday of both
    app[24 * 37 : 24 * 38] = 0
    (gap,) = gaps_in(app, usual_share(app, web + app), whole=web + app, **LIMITS)
    assert 24 * 37 <= gap.start < gap.end <= 24 * 38
    assert not gaps_in(web, usual_share(web, web + app), whole=web + app, **LIMITS)


def test_a_platform_that_came_later_has_no_gap_before_and_one_that_stops_has_one() -> None:
    rng = np.random.default_rng(6)
    web, app = (
        rng.poisson(np.full(1_200, 40.0)).astype(float),
        rng.poisson(np.full(1_200, 40.0)).astype(float),
    )
    app[:500] = 0
    assert not gaps_in(app, usual_share(app, web + app), whole=web + app, **LIMITS)
    app[1_150:] = 0
    (gap,) = gaps_in(app, usual_share(app, web + app), whole=web + app, **LIMITS)
    assert (gap.start, gap.end) == (1_150, 1_200)


def test_a_type_is_silent_only_where_the_others_go_on() -> None:
    hours = np.full(100, 10.0)
    quiet = hours.copy()
    quiet[40:50] = 0
    gap = Gap(start=40, end=50, expected=100, seen=0, sigmas=9)
    whole = 3 * hours

    def slices(*others: np.ndarray) -> dict[Any, np.ndarray]:
        named = {(None, f"type {i}"): counts for i, counts in enumerate(others)}
        return {(None, None): whole, (None, "click"): quiet, **named}

    assert others_continued(slices(hours, hours), (None, "click"), gap)
    assert not others_continued(slices(quiet, quiet, hours), (None, "click"), gap)


def test_bursts_of_single_visits_are_no_gaps() -> None:
    """Three visits an hour of thirty events each: hours without one are common."""
    counts = (30 * np.random.default_rng(7).poisson(3, 1_500)).astype(np.float64)
    assert not gaps_in(counts, usual_week(counts), whole=None, **LIMITS)


# --- in a log -----------------------------------------------------------------------------------


def test_a_gap_points_at_the_row_before_it(tmp_path: Path) -> None:
    counts = np.full(24 * 30, 5)
    counts[24 * 14 + 3 : 24 * 14 + 15] = 0
    pq.write_table(log(counts), tmp_path / "e.parquet")
    mug = {"product_id": "p1", "title_en": "Mug", "import_id": 0, "line": 1}
    pq.write_table(pa.Table.from_pylist([mug], PRODUCTS), tmp_path / "p.parquet")
    clean(
        DuckTables(threads=1),
        events=[tmp_path / "e.parquet"],
        products=[tmp_path / "p.parquet"],
        out=tmp_path / "out",
        rules=only("coverage"),
        now_us=START_US + 10**14,
    )
    findings = pq.read_table(tmp_path / "out" / "findings.parquet").to_pylist()
    found = [f | json.loads(f["detail"]) for f in findings if f["check"].startswith("hole")]
    before = int(counts[: 24 * 14].sum() + 15)
    (gap,) = found
    assert (gap["check"], gap["row_id"], gap["action"]) == ("hole_in_log", f"1:{before}", "note")
    assert (gap["expected"], gap["seen"]) == (60, 0)
    assert gap["from"] < gap["until"]


def test_a_gap_counts_only_with_more_people_than_may_stay_away_by_chance() -> None:
    """One visit has many rows: on a clean log the rows of a single visitor were once a hole of the site."""
    n_hours = 20 * 24
    everybody, web = np.full(n_hours, 6.0), np.full(n_hours, 1.5)
    web[300:302] = 0.0
    visitors = Visitors({None: everybody, "web": web}, one_in=1)
    short, long = Gap(300, 302, 40, 0, 6), Gap(300, 312, 240, 0, 6)
    assert visitors.expected("web", None, short) == pytest.approx(3.0, rel=0.1)
    assert not _has_enough_visitors(("web", None), short, visitors)
    assert _has_enough_visitors(("web", None), long, visitors)
    assert visitors.expected("web", "click", short) == 0.0, "nobody was there to click"
    assert _has_enough_visitors((None, None), short, visitors), "the whole log goes by its hours"
    sampled = Visitors({None: everybody / 4, "web": web / 4}, one_in=4)
    assert sampled.expected("web", None, long) == pytest.approx(
        visitors.expected("web", None, long), rel=0.05
    )


def test_a_lost_day_of_a_shop_that_closes_at_night_but_on_no_day_is_a_gap() -> None:
    """Nobody was there the hour before, as before a holiday: what tells them apart is that it never closed."""
    rng = np.random.default_rng(8)
    open_hours = np.tile([0.0] * 8 + [30.0] * 16, 28)
    counts = rng.poisson(open_hours).astype(float)
    counts[15 * 24 : 16 * 24] = 0
    [gap] = gaps_in(counts, usual_week(counts), whole=None, **LIMITS)
    assert (gap.start, gap.end) == (15 * 24 + 8, 16 * 24)
    with_a_holiday = counts.copy()
    with_a_holiday[5 * 24 : 6 * 24] = 0
    assert gaps_in(with_a_holiday, usual_week(with_a_holiday), whole=None, **LIMITS) == []
    weekly = rng.poisson(open_hours).astype(float).reshape(28, 24)
    weekly[5::7] = 0  # closed on one weekday, and on one other day
    weekly[15] = 0
    flat = weekly.ravel()
    assert gaps_in(flat, usual_week(flat), whole=None, **LIMITS) == []
