"""Simulated shops as daily statistics: weekdays, seasons, growth, noise that lasts, campaigns, holidays; and faults of one day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from baihuo.quality.promise.conformal import DailyStatistics
from baihuo.quality.promise.daily import statistics_of

FIRST = date(2024, 1, 1)
FIRST_DAY = (FIRST - date(1970, 1, 1)).days
PLATFORMS, TYPES, STEPS = (
    ("web", "app", "mini"),
    ("impression", "click", "purchase"),
    ("traffic", "prices"),
)
Table = dict[str, np.ndarray]
"""Name → ``[days, 2]``: n and total, as the log gives them."""


@dataclass(frozen=True, slots=True)
class Shop:
    """Days of a shop without a fault."""

    table: Table
    holidays: tuple[date, ...]


def make_shop(rng: np.random.Generator, n_days: int) -> Shop:
    """Another shop with every draw: size, pattern and noise differ."""
    days = np.arange(n_days)
    size = np.exp(rng.uniform(np.log(400), np.log(20_000)))
    weekday = np.exp(rng.normal(0, 0.25, 7))[days % 7]
    growth = np.exp(rng.normal(0, 0.3) * days / 365)
    season = 1 + rng.uniform(0, 0.2) * np.sin(2 * np.pi * (days / 365 + rng.random()))
    lasting, noise = np.zeros(n_days), rng.uniform(0.02, 0.12)
    for day in range(1, n_days):
        lasting[day] = 0.5 * lasting[day - 1] + rng.normal(0, noise)
    campaign = np.where(rng.random(n_days) < 0.02, rng.uniform(1.2, 1.8), 1.0)
    is_holiday = rng.random(n_days) < 0.03
    holiday = np.where(is_holiday, rng.uniform(0.3, 2.5), 1.0)
    mean = size * weekday * growth * season * np.exp(lasting) * campaign * holiday
    n = rng.poisson(mean)
    table: Table = {
        "counts.all": _pair(n, 0 * n),
        "counts.visitors": _pair(rng.poisson(mean / 9), 0 * n),
    }
    of_platforms = _parts(rng, n, rng.dirichlet(np.full(3, 4.0)), 0.05)
    table |= {f"counts.{p}": _pair(of_platforms[:, i], 0 * n) for i, p in enumerate(PLATFORMS)}
    of_types = _parts(rng, n, np.array([0.85, 0.11, 0.04]), 0.04)
    table |= {f"shares.{t}": _pair(of_types[:, i], n) for i, t in enumerate(TYPES)}
    for name, hour in (("starts", rng.uniform(0.1, 8)), ("ends", rng.uniform(19, 23.9))):
        at = np.clip(hour + rng.normal(0, 0.2, n_days), 0, 24)
        table[f"distributions.{name}"] = _pair(np.round(1000 * at), n)
    table["shares.no_price"] = _pair(rng.binomial(n, rng.uniform(0.001, 0.05)), n)
    with_price = of_types[:, 1] + of_types[:, 2]
    middle = (
        rng.normal(8, 1)
        + rng.normal(0, 1, n_days) / np.sqrt(with_price + 1)
        + rng.normal(0, 0.02, n_days)
    )
    table["distributions.price"] = _pair(np.round(1000 * middle), with_price)
    of_product = rng.normal(0, 1, n_days) / np.sqrt(with_price + 1) + rng.normal(0, 0.01, n_days)
    table["distributions.price_of_product"] = _pair(np.round(300 * of_product), with_price)
    for step in STEPS:
        share = np.exp(rng.normal(np.log(rng.uniform(0.001, 0.01)), 0.3, n_days))
        table[f"dirt.{step}"] = _pair(rng.binomial(n, np.minimum(share, 0.5)), n)
    holidays = tuple(FIRST + timedelta(days=int(d)) for d in days[is_holiday])
    return Shop(table, holidays)


def statistics(table: Table) -> DailyStatistics:
    """As :func:`baihuo.quality.promise.daily.daily_statistics` makes them of a log."""
    n_days = len(table["counts.all"])
    rows = [
        {
            "day": FIRST_DAY + day,
            "name": name,
            "n": float(cells[day, 0]),
            "total": float(cells[day, 1]),
        }
        for name, cells in table.items()
        for day in range(n_days)
        if cells[day, 0] or not name.startswith("dirt.")
    ]
    return statistics_of(rows, FIRST_DAY, n_days)


def with_fault(table: Table, day: int, fault: str) -> Table:
    """A copy with one fault on one day."""
    changed = {name: cells.copy() for name, cells in table.items()}
    FAULTS[fault]({name: cells[day] for name, cells in changed.items()})
    return changed


def _lose(cells: Table, share: float, names: tuple[str, ...]) -> None:
    for name in names:
        cells[name][0] = np.round(cells[name][0] * (1 - share))


def _app(cells: Table, share: float) -> None:
    gone = np.round(cells["counts.app"][0] * share)
    kept = 1 - gone / max(cells["counts.all"][0], 1)
    cells["counts.app"][0] -= gone
    for name, pair in cells.items():
        if name.startswith("shares."):
            pair[:] = np.round(pair * kept)
        elif name in ("counts.all", "counts.visitors"):
            pair[0] = np.round(pair[0] * kept)


def _half_day(cells: Table) -> None:
    for name, pair in cells.items():
        if not name.startswith("dist"):
            pair[0 if name.startswith("counts.") else slice(None)] *= 0.5
    cells["distributions.starts"][0] = 12_200


def _prices(cells: Table) -> None:
    for name in ("distributions.price", "distributions.price_of_product"):
        cells[name][0] += 1000 * 0.5


def _no_price(cells: Table) -> None:
    cells["shares.no_price"][0] += np.round(0.03 * cells["shares.no_price"][1])


def _clicks(cells: Table) -> None:
    _lose(cells, 0.5, ("shares.click",))


def _bots(cells: Table) -> None:
    cells["dirt.traffic"][0] += np.round(0.04 * cells["dirt.traffic"][1])


FAULTS: dict[str, Callable[[Table], None]] = {
    "app lost": lambda cells: _app(cells, 1.0),
    "app half lost": lambda cells: _app(cells, 0.5),
    "half a day lost": _half_day,
    "median price +65%": _prices,
    "3% without price": _no_price,
    "half of clicks lost": _clicks,
    "4% of rows bots": _bots,
}


def _pair(n: np.ndarray, total: np.ndarray) -> np.ndarray:
    return np.stack([n, total], axis=1).astype(np.float64)


def _parts(rng: np.random.Generator, n: np.ndarray, shares: np.ndarray, noise: float) -> np.ndarray:
    moved = shares * np.exp(rng.normal(0, noise, (len(n), len(shares))))
    moved /= moved.sum(axis=1, keepdims=True)
    return np.stack([rng.multinomial(k, p) for k, p in zip(n, moved, strict=True)])
