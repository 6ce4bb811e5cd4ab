"""P(click) against the constant rate: on a real bandit log, and on a simulated shop whose truth is known.

    python bench/bandit.py --log random_all.csv.gz      log-loss and calibration; about 50 clicks, so report only
    python bench/bandit.py --simulate --seed 7          share of the gap to the true probabilities closed

One JSON line a result.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from suites.bandit.open_bandit import real_log
from suites.bandit.simulated import simulated


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--log", type=Path, action="append", help="an Open Bandit log, csv or csv.gz"
    )
    parser.add_argument("--simulate", action="store_true", help="also where --log is given")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--events", type=int, default=500_000, help="of the simulated shop")
    parser.add_argument("--products", type=int, default=5_000, help="of the simulated shop")
    parser.add_argument(
        "--work", type=Path, help="keep the simulated shop here (default: a temporary folder)"
    )
    arguments = parser.parse_args()
    for log in arguments.log or ():
        real_log(log, seed=arguments.seed)
    if arguments.simulate or not arguments.log:
        with tempfile.TemporaryDirectory(prefix="baihuo-bandit-") as folder:
            simulated(
                arguments.work or Path(folder),
                seed=arguments.seed,
                n_products=arguments.products,
                n_events=arguments.events,
            )


if __name__ == "__main__":
    main()
