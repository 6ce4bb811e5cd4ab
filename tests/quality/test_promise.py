"""A promised false-alarm rate: against the binomial, on days without pattern, and by the command."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import BadInput
from baihuo.quality import load_rules
from baihuo.quality.promise.conformal import (
    DAYS_A_MONTH,
    DailyStatistics,
    allowed_rank,
    judge,
    needed_days,
    residuals,
)
from baihuo.quality.promise.limits import judge_newest
from baihuo.quality.promise.settings import PromiseRules

RUN = CliRunner()
FIRST = date(2025, 1, 6)
FIRST_DAY = (FIRST - date(1970, 1, 1)).days


@pytest.mark.parametrize("rate", [0.5, 1.0, 3.0])
def test_thresholds_are_those_of_the_binomial(rate: float) -> None:
    share = rate / DAYS_A_MONTH
    for n in range(1, 400, 13):
        rank = allowed_rank(n, rate)
        assert binom.cdf(rank - 1, n, share) <= 0.05
        assert binom.cdf(rank, n, share) > 0.05
    assert allowed_rank(needed_days(rate), rate) == 1
    assert allowed_rank(needed_days(rate) - 1, rate) == 0


def noise(seed: int, n_days: int, n_statistics: int = 6) -> DailyStatistics:
    values = np.random.default_rng(seed).standard_t(3, (n_days, n_statistics))
    names = tuple(f"counts.p{n}" for n in range(n_statistics))
    return DailyStatistics(FIRST_DAY, names, values, np.full(values.shape, 1e-6))


def test_clean_days_with_heavy_tails_stay_below_the_promise() -> None:
    alarms = days = 0
    for seed in range(60):
        statistics = noise(seed, 140)
        usable = np.ones(140, bool)
        left = residuals(statistics, usable)
        for day in range(120, 140):
            verdict, _ = judge(left, statistics.least_spread, usable, day, alarms_per_month=2.0)
            alarms, days = alarms + verdict.is_alarm, days + 1
    assert alarms / days * DAYS_A_MONTH < 2.0


def test_a_statistic_of_wild_days_hides_no_fault_of_a_steady_one() -> None:
    n_found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = np.stack([rng.standard_t(1.5, 240), rng.normal(size=240)], axis=1)
        values[-1] = 0.0, 9.0
        usable, chance = np.ones(240, bool), np.full(values.shape, 1e-6)
        statistics = DailyStatistics(FIRST_DAY, ("counts.app", "counts.all"), values, chance)
        left = residuals(statistics, usable)
        n_found += judge(left, chance, usable, 239, alarms_per_month=1.0)[0].is_alarm
    assert n_found >= 16


def days_with(shift: dict[int, float], n_days: int = 180) -> DailyStatistics:
    found = noise(5, n_days)
    values = found.values.copy() / 50
    for day, by in shift.items():
        values[day] += by
    return DailyStatistics(FIRST_DAY, found.names, values, found.least_spread)


def test_a_known_fault_is_not_learned_from() -> None:
    statistics = days_with({90: 5.0, 100: 5.0, 110: 5.0, 120: 5.0, 179: 4.0})
    rules = PromiseRules(false_alarms_per_month=1.0)
    assert not [x for x in judge_newest(statistics, rules).limits if x.verdict == "warn"]
    faults = tuple(FIRST + timedelta(days=day) for day in (90, 100, 110, 120))
    told = rules.model_copy(update={"known_faults": faults})
    (alarm,) = [x for x in judge_newest(statistics, told).limits if x.verdict == "warn"]
    assert (FIRST + timedelta(days=179)).isoformat() in alarm.words
    holes = frozenset(FIRST_DAY + day for day in (90, 100, 110, 120))
    assert judge_newest(statistics, rules, faulty_days=holes).limits == (alarm,)


def test_a_holiday_is_not_judged() -> None:
    statistics = days_with({179: 4.0})
    rules = PromiseRules(false_alarms_per_month=1.0)
    assert judge_newest(statistics, rules).limits[0].verdict == "warn"
    holiday = rules.model_copy(update={"holidays": (FIRST + timedelta(days=179),)})
    assert judge_newest(statistics, holiday).limits[0].verdict == "ok"


def test_the_narrowest_promise_counts() -> None:
    statistics = days_with({179: 4.0})
    rules = PromiseRules(false_alarms_per_month={"all": 1.0, "counts.p0": 0.5})
    result = judge_newest(statistics, rules)
    assert [x.name for x in result.limits] == ["false_alarms_per_month.all"]
    assert "counts.p0" not in result.in_force
    (message,) = result.not_checked
    assert "0.5 a month (counts.p0) cannot be promised yet: 16 more accepted days" in message


def log_of(
    folder: Path,
    *,
    n_days: int,
    last_share: float,
    lost: float = 0,
    dearer: float = 1,
    spread: float = 0.1,
) -> Path:
    """A small log with a weekly pattern; of the last day only a share came; the day before ends early, or is dearer."""
    rng, lines = random.Random(3), []
    start = datetime(2025, 1, 6, tzinfo=UTC)
    for day in range(n_days):
        n = round((60 if day % 7 < 5 else 30) * math.exp(rng.uniform(-spread, spread)))
        n = round(n * last_share) if day == n_days - 1 else n
        is_bad = day == n_days - 2  # a day counts once its last hour is in
        for number in range(round(n * (1 - lost)) if is_bad else n):
            product = rng.randrange(20)
            at = start + timedelta(days=day, seconds=(number + 0.9) * 86_000 / n)
            at_us = int(at.timestamp() * 1_000_000)
            lines.append(
                {
                    "event_id": f"e{day}-{number}",
                    "event_type": "purchase",
                    "visitor_id": f"v{rng.randrange(500)}",
                    "product_id": f"p{product}",
                    "occurred_at_us": at_us,
                    "received_at_us": at_us,
                    "price_minor": round(100 * 1.5**product * (dearer if is_bad else 1)),
                    "currency": "EUR",
                }
            )
    (folder / "events.jsonl").write_text("".join(json.dumps(e) + "\n" for e in lines))
    return folder / "events.jsonl"


def checked(
    folder: Path, rules: str, *, n_days: int, last_share: float = 1.0, **last_day: float
) -> dict[str, object]:
    events = log_of(folder, n_days=n_days, last_share=last_share, **last_day)
    (folder / "quality.yaml").write_text(rules)
    out = folder / "checked"
    arguments = ["--events", str(events), "--out", str(out)]
    ran = RUN.invoke(app, ["check", *arguments, "--rules", str(folder / "quality.yaml")])
    assert ran.exit_code == 0, ran.output
    body: dict[str, object] = json.loads((out / "report.json").read_text())
    return body


@pytest.mark.parametrize(
    ("last_day", "named"),
    [({"lost": 0.45}, "distributions.ends"), ({"dearer": 1.65}, "distributions.price_of_product")],
)
def test_a_day_that_ends_at_noon_or_is_dearer_warns(
    tmp_path: Path, last_day: dict[str, float], named: str
) -> None:
    """In a shop whose days vary by a factor of seven, with products from 1 to 2,200: neither counts nor the median price would tell."""
    report = checked(tmp_path, "false_alarms_per_month: 1\n", n_days=130, spread=1.0, **last_day)
    (warning,) = [w for w in report["warnings"] if "unlike the same weekdays" in w]  # type: ignore[attr-defined]
    assert named in warning


def test_a_day_of_which_half_came_warns(tmp_path: Path) -> None:
    report = checked(tmp_path, "false_alarms_per_month: 1\n", n_days=130, last_share=0.4)
    (warning,) = [w for w in report["warnings"] if "unlike the same weekdays" in w]  # type: ignore[attr-defined]
    assert "2025-05-15" in warning
    assert "counts.all" in warning


def test_a_short_history_is_told_how_many_days_are_missing(tmp_path: Path) -> None:
    report = checked(tmp_path, "false_alarms_per_month: 1\n", n_days=60)
    (message,) = [m for m in report["not_checked"] if "false_alarms" in m]  # type: ignore[attr-defined]
    # sixty days, the first two weeks only to know the weekdays, and the newest day is the judged one
    assert "45 more accepted days are needed" in message


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("false_alarms_per_month: {count: 1}", "count"),
        ("false_alarms_per_month: 0", "a number above 0"),
        ("holidays: [tomorrow]", "holidays"),
    ],
)
def test_a_wrong_promise_is_refused(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "quality.yaml").write_text(text)
    with pytest.raises(BadInput, match=named):
        load_rules(tmp_path / "quality.yaml")


@pytest.mark.parametrize(
    "given",
    ["0", "-1", "often", ".inf", ".nan", "1000", "true", "{all: x}", "{counts: true}", "[1]"],
)
def test_a_promise_that_is_no_rate_is_named_with_what_may_stand_there(
    given: str, tmp_path: Path
) -> None:
    """``true`` was taken for one false alarm a month; the others were "constrained-float" errors."""
    file = tmp_path / "quality.yaml"
    file.write_text(f"owner: ann\nfalse_alarms_per_month: {given}\n")
    with pytest.raises(
        BadInput, match=r"line 2: false_alarms_per_month: .* a number above 0, at most 15"
    ):
        load_rules(file)
