"""Two ways to judge a day: thresholds learned under a promise, and fixed ones that an engineer writes down."""

from __future__ import annotations

from collections.abc import Collection
from math import sqrt

import numpy as np

from baihuo.quality.promise.conformal import DailyStatistics, judge, needed_days, residuals

# of the same weekday before: counts by half, shares by five points, the middle of prices by a fifth, dirt by the 5% of warn_above
_COUNTS, _SHARES, _PRICES, _DIRT = np.log(1.5), 0.05, np.log(1.2), 0.05


class Promised:
    """The learned thresholds; ``usable`` days are learned from."""

    def __init__(self, statistics: DailyStatistics, usable: np.ndarray, rate: float) -> None:
        self.statistics, self.usable, self.rate = statistics, usable, rate
        self.residuals = residuals(statistics, usable)

    def holds(self, day: int) -> bool:
        """Whether there were enough accepted days before to promise anything."""
        n = int((self.usable[:day] & ~np.isnan(self.residuals[:day]).all(axis=1)).sum())
        return n >= needed_days(self.rate)

    def is_alarm(self, day: int) -> bool:
        spread = self.statistics.least_spread
        return judge(self.residuals, spread, self.usable, day, alarms_per_month=self.rate)[
            0
        ].is_alarm


class Fixed:
    """Fixed distances from the same weekday of the last weeks."""

    def __init__(self, statistics: DailyStatistics, usable: np.ndarray) -> None:
        self.statistics = statistics
        self.residuals = residuals(statistics, usable)

    def holds(self, day: int) -> bool:
        """From when four same weekdays are known."""
        return day >= 28

    def is_alarm(self, day: int) -> bool:
        values = self.statistics.values[day]
        for name, value, moved in zip(
            self.statistics.names, values, self.residuals[day], strict=True
        ):
            group = name.split(".")[0]
            if name in ("distributions.starts", "distributions.ends"):
                continue  # hours, for which nobody writes down a limit
            if group == "dirt":
                if np.sin(value) ** 2 > _DIRT:
                    return True
            elif group == "shares":
                if abs(np.sin(value) ** 2 - np.sin(value - moved) ** 2) > _SHARES:
                    return True
            elif abs(moved) > (_COUNTS if group == "counts" else _PRICES):
                return True
        return False


def monthly_rate(alarms: Collection[int], *, days_each: int) -> dict[str, float]:
    """False alarms in 30.4 days with the upper end of a one-sided 95% bound over independent months.

    Args:
        alarms: of each month.
    """
    counts = np.array(list(alarms), float) * 30.4375 / days_each
    upper = counts.mean() + 1.645 * counts.std(ddof=1) / sqrt(len(counts))
    return {"per_month": float(counts.mean()), "upper_95": float(upper)}
