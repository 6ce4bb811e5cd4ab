"""Days without most visitors: how often a real shop's clean weeks are called one, and how many planted ones are found.

    python bench/holes.py --data ../shared/data/online_retail
    python bench/holes.py --seed 1 --events 80000              # the simulated shop

Each week's end the checks see the twelve weeks before it, with all closed days, weekends and holidays as they are. A finding that
touches the last week is a false alarm. Then one open day of that week loses a share of its visitors: with all its rows kept (one id
for everybody), or with their rows. Counts are made as the check makes them; a JSON line a case, with 95% intervals.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo import connect, privacy
from baihuo.engine import DuckTables
from baihuo.exam import Share
from baihuo.quality.checks.coverage.gaps import DAY, WEEK, Counts
from baihuo.quality.checks.coverage.missing_visitors import missing_visitors
from baihuo.simulate import make_shop
from suites.shared.measure import emit

WEEKS = 12  # that the check sees
LOST = (0.6, 0.75, 0.9)  # of a day's visitors
HOUR_US = 3_600_000_000
MIN_SIGMAS = 5.0  # coverage.min_sigmas


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--data", type=Path, help="a real log; none: a simulated shop")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--events", type=int, default=80_000, help="to simulate")
    given = ask.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        work = Path(folder)
        file = given.data
        if file is None:
            shop = make_shop(
                work / "shop", seed=given.seed, dirt=0, n_products=400, n_events=given.events
            )
            file = shop.events
        rows, visitors = hourly(file, work)
    name = "simulated" if given.data is None else given.data.resolve().name
    measure(name, rows, visitors, np.random.default_rng(given.seed))


def hourly(file: Path, work: Path) -> tuple[Counts, Counts]:
    """``[hours]``: events, and visitors."""
    tables = DuckTables(spill_dir=work / "spill")
    connect.import_files(
        connect.data_files([file]), raw=work / "raw", tables=tables, mask=privacy.column_mask(b"x")
    )
    counts = tables.sql(
        f"SELECT occurred_at_us // {HOUR_US} AS hour, count(*) AS n, count(DISTINCT visitor_id) AS v "
        "FROM log WHERE event_type <> 'cancel' GROUP BY hour ORDER BY hour",
        out=None,
        log=connect.segments(work / "raw", "events"),
    )
    hour = counts["hour"].to_numpy()
    at, n_hours = hour - hour[0], int(hour[-1] - hour[0]) + 1
    return tuple(np.bincount(at, counts[c].to_numpy(), n_hours).astype(float) for c in "nv")  # type: ignore[return-value]


def measure(name: str, rows: Counts, visitors: Counts, dice: np.random.Generator) -> None:
    ends = range(6 * WEEK, len(rows) + 1, WEEK)
    n_alarms = 0
    found: dict[tuple[str, float], int] = dict.fromkeys(
        ((rule, lost) for rule in ("rows kept", "rows lost") for lost in LOST), 0
    )
    n_days = 0
    for end in ends:
        seen = slice(max(0, end - WEEKS * WEEK), end)
        n_alarms += has_finding(rows[seen], visitors[seen], WEEK)
        day = open_day(visitors[seen], dice)
        if day is None:
            continue
        n_days += 1
        for rule, lost in found:
            r, v = rows[seen].copy(), visitors[seen].copy()
            is_in = slice(day, day + DAY)
            v[is_in] = dice.binomial(v[is_in].astype(int), 1 - lost)
            if rule == "rows lost":
                r[is_in] = np.round(r[is_in] * (1 - lost))
            found[rule, lost] += has_finding(r, v, WEEK)
    alarms = Share(n_alarms, len(ends))
    emit(
        data=name,
        weeks=len(ends),
        weeks_with_a_false_alarm=n_alarms,
        at_most=round(alarms.high, 3),
    )
    for (rule, lost), n in found.items():
        share = Share(n, n_days)
        emit(
            data=name,
            lost_visitors=lost,
            rows=rule,
            planted=n_days,
            found=n,
            recall_from=round(share.low, 3),
            recall_to=round(share.high, 3),
        )


def has_finding(rows: Counts, visitors: Counts, last_hours: int) -> int:
    holes = missing_visitors(rows, {None: visitors}, min_sigmas=MIN_SIGMAS)
    return int(any(hole.gap.end > len(rows) - last_hours for hole in holes))


def open_day(visitors: Counts, dice: np.random.Generator) -> int | None:
    """The first hour of a day of the last week, by its own midnight, with half of the visitors of a usual day at least."""
    starts = np.arange(len(visitors) - WEEK, len(visitors) - DAY + 1, DAY)
    sums: NDArray[np.float64] = np.array([visitors[s : s + DAY].sum() for s in starts])
    usual = visitors.sum() / max(len(visitors) / DAY, 1)
    fitting = starts[sums >= 0.5 * usual]
    return int(dice.choice(fitting)) if len(fitting) else None


if __name__ == "__main__":
    main()
