"""What cleaning is worth: models learned from raw data, from clean data, and from data without one check each.

    python bench/cleaning.py --train train.csv.gz --test test.csv.gz      what customers buy next
    python bench/cleaning.py --icecat ../shared/data/icecat               search on judged queries

Each check that changed anything is left out once: no row that it would quarantine, merge or repair is. ``raw`` is the
import with no check at all (for purchases even postage and fees stay). All are tested on the same
questions with the same truth: customers of the test file cleaned by every check, or the judged queries. One JSON line a
model and variant; ``clean_minus`` is clean minus this variant, a paired bootstrap over customers or queries, 95%. Checks
that are worth nothing are listed, too; a check that no model could notice has ``same``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from suites.cleaning.purchases import purchases
from suites.cleaning.search import search
from suites.shared.measure import Clock, emit, peak_mb


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", type=Path, help="the older purchases")
    parser.add_argument("--test", type=Path, help="the weeks after them")
    parser.add_argument(
        "--ours",
        nargs="*",
        default=[],
        help="variants that our ranker learns from, too: raw, same_content, …",
    )
    parser.add_argument("--icecat", type=Path, help="a folder of Icecat with its ratings.csv")
    parser.add_argument("--work", type=Path, help="keep encoders and vectors here between runs")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if not (arguments.train and arguments.test) and not arguments.icecat:
        parser.error("give --train and --test, or --icecat")
    with tempfile.TemporaryDirectory(prefix="cleaning-") as name, Clock() as clock:
        if arguments.train:
            purchases(
                arguments.train,
                arguments.test,
                Path(name) / "purchases",
                ours=arguments.ours,
                threads=arguments.threads,
                seed=arguments.seed,
            )
        if arguments.icecat:
            search(arguments.icecat, arguments.work or Path(name), seed=arguments.seed)
    emit(wall_s=clock.wall_s, cpu_s=clock.cpu_s, peak_mb=peak_mb())


if __name__ == "__main__":
    main()
