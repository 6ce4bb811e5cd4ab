"""Position bias: ways to train click models and to calibrate P(click), on simulated shops whose truth is known.

    python bench/position.py --click-model position --click-model cascade --seed 11 --trainings 3

For each click model a shop is made, imported, checked and indexed (four minutes of CPU each). Then, on the newest fifth of its pages:

- ``examination``: estimated from the impressions that chance placed before those pages, beside the true mean of each position.
- ``training``: what orders best. ``input``: position is an input, fixed at serving. ``ipw``: no position; a click weighs
  1 / examination, at most 3 (`train.position: inverse`) or 10. ``unclicked``: no position; what was not clicked weighs P(looked at | not clicked).
  ``propensity``: position as an input, and a row weighs 1 / P(placed there), at most 4. ``true_ndcg10``: the true appeal of products
  (P(click) / examination), also on the pages that were drawn evenly alone; ``ndcg10``: logged outcomes.
- ``calibration``: log-loss and ECE of P(click) at the position each impression had, by way and segment.

With ``--relogged`` the pages are ordered again by the models that learned from them, and clicked again by the same shoppers: there, position and
what a model knows of a product go together, as in a shop whose models serve.

One JSON line a result.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from suites.position.calibrations import compare_calibrations
from suites.position.curves import compare_curves
from suites.position.relogged import relogged
from suites.position.shops import LoggedShop
from suites.position.trainings import TRAININGS, compare_trainings


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--click-model", action="append", choices=["position", "cascade", "mixed"])
    parser.add_argument("--seed", type=int, default=11, help="of the shops")
    parser.add_argument("--trainings", type=int, default=3, help="with so many seeds")
    parser.add_argument("--way", action="append", choices=TRAININGS, help="default: all")
    parser.add_argument(
        "--relogged",
        action="store_true",
        help="also the same pages as its own models would order them",
    )
    parser.add_argument("--relogged-only", action="store_true", help="only these")
    parser.add_argument("--events", type=int, default=120_000)
    parser.add_argument("--products", type=int, default=1_500)
    parser.add_argument("--work", type=Path, help="keep the shops here, and use those there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-position-") as folder:
        for click_model in arguments.click_model or ("position", "cascade"):
            shop = LoggedShop.made(
                (arguments.work or Path(folder)) / f"{arguments.seed}-{click_model}",
                click_model=click_model,
                seed=arguments.seed,
                n_products=arguments.products,
                n_events=arguments.events,
            )
            logs = [] if arguments.relogged_only else [shop]
            if arguments.relogged or arguments.relogged_only:
                logs.append(relogged(shop, seed=arguments.seed))
            for log in logs:
                compare_curves(log)
                for seed in range(1, arguments.trainings + 1):
                    fitted = compare_trainings(log, arguments.way or TRAININGS, seed=seed)
                    compare_calibrations(log, fitted, seed=seed)


if __name__ == "__main__":
    main()
