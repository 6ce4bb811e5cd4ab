"""Off-policy estimates: against a policy's own log on real data, and against exact truths in a thousand runs.

    python bench/ope.py --data open_bandit --runs 1000      two minutes of CPU

Real: the Open Bandit Dataset has a week of a random policy and of Thompson sampling (``bts``) side by side. The log
of one estimates the clicks of the other, whose own log is the truth, with an interval too: both have about 40
clicks. ``error`` is relative.

Coverage: how often a 95% interval holds the exact truth, in worlds with known P(click):

- ``rare clicks``: 10,000 placements of 80 items at 3 positions, 0.4% clicks, weights as in the real logs: from
  random to a policy that learned from clicks with errors, and back;
- ``rare clicks, doubled``: a policy that knows better what is clicked;
- ``common clicks``: 2,000 placements, 8% clicks;
- ``pages``: served pages with baihuo's own exploration, a visitor with several pages, and clicks by the simulator's
  shoppers; ``cascade`` breaks the assumption that neighbours do not matter, to see by how much.

``normal`` is the mean ± 1.96 standard errors, in the same runs. A run that is refused counts in ``refused``, not in
the coverage. One JSON line a result.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from suites.ope.coverage import Coverage
from suites.ope.pages import page_worlds
from suites.ope.placements import placement_worlds
from suites.ope.real import real_logs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder with random_*.csv.gz and bts_*.csv.gz")
    parser.add_argument("--runs", type=int, default=1000, help="of each world")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if arguments.data is not None:
        real_logs(arguments.data)
    with tempfile.TemporaryDirectory(prefix="baihuo-ope-") as folder:
        worlds = [*placement_worlds(arguments.seed), *page_worlds(Path(folder), arguments.seed)]
    for world in worlds:
        Coverage.of(world, n_runs=arguments.runs, seed=arguments.seed).emit()


if __name__ == "__main__":
    main()
