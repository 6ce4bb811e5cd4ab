"""Hours that are missing: a collector that was down, an app release that lost its tracking.

These take rows away, so they go first: nothing may lean on a row that is gone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence

from baihuo.faults.dataset import DAY_US, DEPENDENT_CHECKS, Dataset, Faults, Row

_MIN_VISITORS = 15  # of a day that is to lose most of them

FAULTS = Faults()


@FAULTS.add(
    "a collector that was down", "hole_in_log", is_certain=False, needs="events (15,000 or more)"
)
def _whole(dataset: Dataset, n: int) -> None:
    """Nothing at all for a day or so."""
    _hole(dataset, lambda r: True, max(1_500, len(dataset.events) // 60), "hole_in_log", 0.3)


def _hole(
    dataset: Dataset, fits: Callable[[Row], bool], n_lost: int, check: str, part: float
) -> None:
    """Take ``n_lost`` rows that fit away, from ``part`` of the log's length (0 to 1) on."""
    rows = sorted((r for r in dataset.events if fits(r)), key=lambda r: r["occurred_at_us"])
    if len(rows) < 10 * n_lost:
        return
    start = int(len(rows) * (part + dataset.rng.uniform(0, 0.03)))
    while not dataset.is_clean(rows[start - 1]):
        start += 1
    before, lost = rows[start - 1], rows[start : start + n_lost]
    visitors, pages = {r["visitor_id"] for r in lost}, {r["query_id"] for r in lost}
    dataset.remove(lost)
    for row in dataset.events:
        if row["visitor_id"] in visitors and row["event_type"] in ("purchase", "cancel"):
            dataset.excuse(row, *DEPENDENT_CHECKS)
        if row["query_id"] and row["query_id"] in pages:
            dataset.excuse(row, "missing_query")
    until_us = rows[start + n_lost]["occurred_at_us"]
    dataset.add_gap(before, check, before["occurred_at_us"], until_us, fits)


@FAULTS.add(
    "an app without tracking",
    "hole_in_slice",
    is_certain=False,
    needs="platforms with 18,000 events",
)
def _platform(dataset: Dataset, n: int) -> None:
    """The app, or the site, is silent for days while the other goes on."""
    names = sorted({r["platform"] for r in dataset.events if r["platform"]})
    for i, name in enumerate(names[:2] if len(names) > 1 else []):
        fits = _on(name)
        n_rows = sum(map(fits, dataset.events))
        _hole(dataset, fits, max(1_800, n_rows // 25), "hole_in_slice", 0.4 + i * 0.12)


def _on(name: str) -> Callable[[Row], bool]:
    return lambda row: row["platform"] == name


@FAULTS.add(
    "a type of event that is lost",
    "hole_in_slice",
    is_certain=False,
    needs="clicks (5,000 or more)",
)
def _type(dataset: Dataset, n: int) -> None:
    """One type of event is lost everywhere, another on one platform only."""
    clicks = [r for r in dataset.events if r["event_type"] == "click"]
    names = sorted({r["platform"] for r in clicks if r["platform"]})
    _hole(
        dataset,
        lambda r: r["event_type"] == "click",
        max(500, len(clicks) // 25),
        "hole_in_slice",
        0.65,
    )
    if len(names) > 1:
        first = _on(names[0])
        _hole(
            dataset,
            lambda r: r["event_type"] == "dwell" and first(r),
            max(400, len(clicks) // 30),
            "hole_in_slice",
            0.75,
        )


@FAULTS.add(
    "a tracker that lost most visitors",
    "hole_in_visitors",
    is_certain=False,
    needs="a day with 15 visitors, as in the two weeks before and after",
)
def _visitors(dataset: Dataset, n: int) -> None:
    """For a day three of four visitors are not recorded; the others are, as ever."""
    rows = sorted(dataset.events, key=lambda r: r["occurred_at_us"])
    days = _regular_days(dataset, rows)
    if not days:
        return
    from_us = dataset.rng.choice(days)
    start = bisect_left(rows, from_us, key=lambda r: r["occurred_at_us"]) + 1
    while not dataset.is_clean(rows[start - 1]):
        start += 1
    from_us = rows[start - 1]["occurred_at_us"]
    until_us = from_us + DAY_US
    day = [r for r in rows[start:] if r["occurred_at_us"] <= until_us]
    present = sorted({r["visitor_id"] for r in day})
    lost = set(dataset.rng.sample(present, int(0.75 * len(present))))
    gone = [r for r in day if r["visitor_id"] in lost]
    dataset.remove(gone)
    for row in dataset.events:
        if row["visitor_id"] in lost and row["event_type"] in ("purchase", "cancel"):
            dataset.excuse(row, *DEPENDENT_CHECKS)
    before = rows[start - 1]
    dataset.excuse(before, "hole_in_log", "hole_in_slice")
    dataset.add_gap(
        before, "hole_in_visitors", from_us, until_us, lambda r: r["visitor_id"] in lost
    )


def _regular_days(dataset: Dataset, rows: Sequence[Row]) -> list[int]:
    """When days begin (µs) with about as many visitors as the same days of two weeks before and after: else nobody knows
    what is usual. None touches another gap."""
    if not rows:
        return []
    first_us = rows[0]["occurred_at_us"] + dataset.rng.randrange(DAY_US)
    visitors: dict[int, set[str | None]] = defaultdict(set)
    for row in rows:
        visitors[(row["occurred_at_us"] - first_us) // DAY_US].add(row["visitor_id"])
    counts = {day: len(of_day) for day, of_day in visitors.items()}
    return [
        from_us
        for day, n in counts.items()
        if day >= 0 and n >= _MIN_VISITORS
        if all(2 * n <= 3 * counts.get(day + lag, 0) <= 4.5 * n for lag in (-14, -7, 7, 14))
        if (from_us := first_us + day * DAY_US)
        and not any(a < from_us + 2 * DAY_US and from_us < b for _, _, a, b in dataset.gaps)
    ]
