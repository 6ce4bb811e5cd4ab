"""Gaps and drift, compared with counting by hand, and calendars that are no fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo.core.tables import EVENTS, PRODUCTS
from baihuo.engine import DuckTables
from baihuo.quality import QualityReport, QualityRules, clean
from baihuo.quality.checks.coverage.completeness import Visitors, _has_enough_visitors
from baihuo.quality.checks.coverage.gaps import Gap, gaps_in, usual_share, usual_week
from baihuo.quality.checks.coverage.missing_visitors import missing_visitors
from baihuo.quality.checks.coverage.profile import column_drifts, compact, psi
from baihuo.quality.checks.coverage.slices import others_continued

HOUR_US = 3_600_000_000
START_US = 1_750_032_000_000_000 // (24 * HOUR_US) * 24 * HOUR_US
LIMITS: dict[str, Any] = {"max_share": 0.1, "min_sigmas": 5.0}


def log(counts: np.ndarray, *, seed: int = 1, start_us: int = START_US, **columns: Any) -> pa.Table:
    """``counts[hour]`` clicks; ``columns`` give a value each row."""
    rng = np.random.default_rng(seed)
    hours = np.repeat(np.arange(len(counts)), counts)
    at = np.sort(start_us + hours * HOUR_US + rng.integers(0, HOUR_US, len(hours)))
    n = len(at)
    words = {
        "event_id": [f"e{seed}-{i}" for i in range(n)],
        "event_type": ["click"] * n,
        "visitor_id": [f"v{i}" for i in rng.integers(0, max(n // 5, 1), n)],
        "occurred_at_us": at,
        "received_at_us": at,
        "product_id": ["p1"] * n,
        "import_id": [seed] * n,
        "line": range(1, n + 1),
        **columns,
    }
    return pa.table(
        {f.name: pa.array(words.get(f.name, [None] * n), f.type) for f in EVENTS}, EVENTS
    )


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., tuple[QualityReport, list[dict[str, Any]]]]:
    """Check tables into one folder, one after the other, and answer with the coverage findings."""

    def run(
        *tables: pa.Table, rules: QualityRules | None = None
    ) -> tuple[QualityReport, list[dict[str, Any]]]:
        pq.write_table(pa.concat_tables(tables), tmp_path / "e.parquet")
        shop = pa.Table.from_pylist(
            [{"product_id": "p1", "title_en": "Mug", "import_id": 0, "line": 1}], PRODUCTS
        )
        pq.write_table(shop, tmp_path / "p.parquet")
        report = clean(
            DuckTables(threads=1),
            events=[tmp_path / "e.parquet"],
            products=[tmp_path / "p.parquet"],
            out=tmp_path / "out",
            rules=only("coverage", rules=rules),
            now_us=START_US + 10**14,
        )
        found = pq.read_table(tmp_path / "out" / "findings.parquet").to_pylist()
        return report, [
            f | json.loads(f["detail"])
            for f in found
            if f["check"].startswith("hole") or f["check"].endswith("drift")
        ]

    return run


# --- distances ----------------------------------------------------------------------------------


def test_psi_is_that_of_the_formula() -> None:
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    by_hand = ((p - q) * np.log(p / q)).sum()
    assert psi((p * 1e6).tolist(), (q * 1e6).tolist()) == pytest.approx(by_hand, rel=1e-4)
    assert psi([10, 0], [0, 10]) < float("inf")


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


def test_a_gap_points_at_the_row_before_it(checked: Any) -> None:
    counts = np.full(24 * 30, 5)
    counts[24 * 14 + 3 : 24 * 14 + 15] = 0
    table = log(counts)
    _, found = checked(table)
    before = int(counts[: 24 * 14].sum() + 15)
    (gap,) = found
    assert (gap["check"], gap["row_id"], gap["action"]) == ("hole_in_log", f"1:{before}", "note")
    assert (gap["expected"], gap["seen"]) == (60, 0)
    assert gap["from"] < gap["until"]


def test_drift_is_found_against_the_last_accepted_batch_and_again_when_run_again(
    checked: Any, tmp_path: Path
) -> None:
    rng = np.random.default_rng(8)
    counts = np.full(72, 60)
    n = int(counts.sum())

    def batch(seed: int, days: int, position: Any, device: list[float]) -> pa.Table:
        return log(
            counts,
            seed=seed,
            start_us=START_US + days * 24 * HOUR_US,
            position=position,
            device=rng.choice(["phone", "desktop"], n, p=device),
        )

    first = batch(1, 0, rng.integers(1, 25, n), [0.7, 0.3])
    steady = batch(2, 3, rng.integers(1, 25, n), [0.69, 0.31])
    other = batch(3, 6, rng.integers(1, 13, n), [0.35, 0.65])
    assert not checked(first)[1]
    profile = tmp_path / "out" / "profile.json"
    kept = json.loads(profile.read_text())
    assert (kept["last"]["rows"], kept["before"]) == (n, None)
    assert not checked(first, steady)[1]
    strict = QualityRules.model_validate({"min_events": 10**9})
    before = profile.read_bytes()
    report, found = checked(first, steady, other, rules=strict)
    assert report.stops
    assert profile.read_bytes() == before  # a batch that stopped is not accepted
    _, found = checked(first, steady, other)
    assert {(f["check"], f["column"]) for f in found} == {
        ("strong_drift", "position"),
        ("strong_drift", "device"),
    }
    by_column = {f["column"]: f for f in found}
    p, q = np.array([0.69, 0.31]), np.array([0.35, 0.65])
    assert by_column["device"]["psi"] == pytest.approx(((p - q) * np.log(p / q)).sum(), rel=0.15)
    assert {f["row_id"] for f in found} == {"3:1"}
    after = profile.read_bytes()
    assert checked(first, steady, other)[1] == found  # the same batch again has the same findings
    assert profile.read_bytes() == after


def test_a_column_with_few_values_does_not_drift_by_chance() -> None:
    """Sixty ratings a week, of thousands of visitors, differ as sixty do."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        sides = []
        for _ in range(2):
            values, n = np.unique(rng.integers(1, 6, 60), return_counts=True)
            pairs = [(float(v), int(k)) for v, k in zip(values, n, strict=True)]
            sides.append({"words": {}, "numbers": {"rating": {"missing": 9_940, "pairs": pairs}}})
        [drift] = column_drifts(compact(sides[0]), sides[1], 4_000, 4_000)
        assert drift.psi < max(drift.psi_noise, 0.1)


def visits(n_days: int, *, seed: int = 1) -> pa.Table:
    """About ten visits an hour, each of one visitor with about five clicks; two of three on the app."""
    rng = np.random.default_rng(seed)
    hours = np.repeat(np.arange(n_days * 24), rng.poisson(10, n_days * 24))
    visit = np.repeat(np.arange(len(hours)), rng.integers(2, 9, len(hours)))
    at = START_US + hours[visit] * HOUR_US + rng.integers(0, HOUR_US, len(visit))
    order = np.argsort(at, kind="stable")
    names = [f"v{seed}-{i}" for i in visit[order]]
    platforms = ["web" if i % 3 == 0 else "app" for i in visit[order]]
    columns: dict[str, Any] = {"visitor_id": names, "platform": platforms}
    n = len(at)
    made = log(np.array([n]), **columns)
    for name in ("occurred_at_us", "received_at_us"):
        made = made.set_column(made.schema.get_field_index(name), name, pa.array(at[order]))
    return made


def hours_of(table: pa.Table) -> np.ndarray:
    return np.asarray((table["occurred_at_us"].to_numpy() - START_US) // HOUR_US)


def test_a_day_of_rows_without_their_visitors_is_a_hole(checked: Any) -> None:
    """Rows look whole: whoever is left sends everything, as with one id for everybody, or a till that goes on alone."""
    table = visits(42)
    number = np.array([int(v[3:]) for v in table["visitor_id"].to_pylist()])
    is_lost = (hours_of(table) // 24 == 30) & (number % 8 > 0)
    ids = np.where(is_lost, "v-all", np.array(table["visitor_id"].to_pylist(), object))
    table = table.set_column(
        table.schema.get_field_index("visitor_id"), "visitor_id", pa.array(ids, pa.string())
    )
    loose = QualityRules.model_validate({"traffic": {"stop_above": None}})
    report, found = checked(table, rules=loose)
    holes = [f for f in found if f["check"] == "hole_in_visitors"]
    assert len(holes) == 1
    detail = json.loads(holes[0]["detail"])
    assert detail["from"][:10] == "2025-07-16"
    assert detail["seen_visitors"] < 0.5 * detail["expected_visitors"]
    assert report.verdict == "warn"
    assert any("hole_in_visitors" in words for words in report.warnings)


def test_visitors_are_missed_where_rows_are_whole_and_rows_that_grow_miss_nobody() -> None:
    rng = np.random.default_rng(5)
    usual = 3 + 2 * np.sin(np.arange(6 * 168) / 24 * 2 * np.pi)
    visitors = rng.poisson(usual).astype(float)
    rows = visitors * rng.integers(10, 30, len(visitors)).astype(float)
    assert missing_visitors(rows, {None: visitors}, min_sigmas=5) == []
    some = visitors.copy()
    some[700:724] = rng.poisson(0.2 * usual[700:724])
    [hole] = missing_visitors(rows, {None: some}, min_sigmas=5)
    assert (hole.than, hole.platform) == ("rows", None)
    assert abs(hole.gap.start - 700) <= 3
    assert abs(hole.gap.end - 724) <= 3
    closed = visitors.copy()
    closed[600:660] = 0  # nobody, and no rows: closed
    assert missing_visitors(np.where(closed > 0, rows, 0), {None: closed}, min_sigmas=5) == []


def test_chance_is_counted_once_in_how_far_a_day_is_from_usual() -> None:
    """The spread of days has Poisson's in it: with it added again, a day of 25 visitors where 60 come was 4.7 sigmas off."""
    usual = np.full(9 * 168, 2.5)
    n_found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        visitors = rng.poisson(usual).astype(float)
        assert missing_visitors(30 * visitors, {None: visitors}, min_sigmas=5) == []
        visitors[700:724] = rng.permutation([2.0] + [1.0] * 23)
        holes = missing_visitors(30 * visitors, {None: visitors}, min_sigmas=5)
        n_found += any(hole.gap.start < 724 and hole.gap.end > 700 for hole in holes)
        assert all(hole.gap.start < 730 and hole.gap.end > 694 for hole in holes)
    assert n_found >= 15


def test_one_row_after_the_end_of_the_log_is_no_hole_before_it() -> None:
    """A clock that ran ahead made 15 more hours of a log: the last day, of 1 visitor where 70 come, was a hole."""
    rng = np.random.default_rng(4)
    visitors = rng.poisson(np.full(9 * 168, 3.0)).astype(float)
    late = np.concatenate([visitors, np.zeros(15), [1.0]])
    assert missing_visitors(30 * late, {None: late}, min_sigmas=5) == []


def test_most_of_a_platform_or_of_all_visitors_missing_for_a_day_is_a_hole(checked: Any) -> None:
    table = visits(42)
    day, number = (
        hours_of(table) // 24,
        np.array([int(v[3:]) for v in table["visitor_id"].to_pylist()]),
    )
    is_web = np.array(table["platform"].to_pylist()) == "web"
    is_kept = ~((day == 30) & is_web & (number % 4 > 0)) & ~((day == 20) & (number % 5 > 0))
    _, found = checked(table.filter(pa.array(is_kept)))
    holes = [json.loads(f["detail"]) for f in found if f["check"] == "hole_in_visitors"]
    assert sorted((h["platform"] or "", h["from"][:10]) for h in holes) == [
        ("", "2025-07-06"),
        ("web", "2025-07-16"),
    ]


def test_weekends_a_holiday_growth_and_nights_miss_no_visitors(checked: Any) -> None:
    """A shop that is closed on Sundays, at night and on two holidays, and grows by half in six weeks."""
    table = visits(56)
    hour = hours_of(table)
    day, rng = hour // 24, np.random.default_rng(3)
    visitor = np.array([int(v[3:]) for v in table["visitor_id"].to_pylist()])
    chance = rng.random(visitor.max() + 1)[visitor]
    is_open = (day % 7 != 6) & (hour % 24 >= 7) & (hour % 24 < 22) & (day != 30) & (day != 31)
    is_quiet = (day % 7 == 5) & (chance > 0.6)
    kept = is_open & ~is_quiet & (chance < 0.6 + 0.4 * day / 56)
    _, found = checked(table.filter(pa.array(kept)))
    assert [f for f in found if f["check"].startswith("hole")] == []


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
