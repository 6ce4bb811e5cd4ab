"""False alarms of daily statistics: the rate beside the one that was promised, and what is found at that rate.

    python bench/false_alarms.py --seed 62 --months 240                   simulated clean months, each of a shop of its own
    python bench/false_alarms.py --data ../shared/data/online_retail      two years of purchases, by weeks

Thresholds are learned from the days before each judged one. Beside them fixed thresholds: counts by half, shares by five points, the
middle of prices by a fifth, dirt by five per cent. Faults last one day. Seeds 1 to 9 were used for choosing. One JSON line a result;
``upper_95`` is the upper end of a one-sided 95% bound of the mean over months.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from suites.false_alarms.retail import retail
from suites.false_alarms.simulated import simulated
from suites.shared.measure import Clock, emit, peak_mb


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--months", type=int, default=240)
    parser.add_argument("--history", type=int, default=200, help="days before the judged month")
    parser.add_argument("--rates", type=float, nargs="+", default=[1.0, 2.0, 0.5])
    parser.add_argument("--data", type=Path, help="a folder of Online Retail instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="false-alarms-") as name, Clock() as clock:
        if arguments.data:
            retail(arguments.data, Path(name), rates=arguments.rates)
        else:
            simulated(
                seed=arguments.seed,
                n_months=arguments.months,
                history_days=arguments.history,
                rates=arguments.rates,
            )
    emit(wall_s=clock.wall_s, cpu_s=clock.cpu_s, peak_mb=peak_mb())


if __name__ == "__main__":
    main()
