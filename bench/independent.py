"""The independent exam on seeds for reporting: totals, and a JSON line for each kind of which fewer than half of the rows were found.

``baihuo exam --independent --out DIR`` has every kind.

    python bench/independent.py --seeds 1000 1001 1002
    python bench/independent.py --seeds 1000 --data ../shared/data/icecat

Seeds of 1000 and above are run once a change and never looked into; whoever changes a check or the exam
uses 1 to 99 (docs/exam.md).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from baihuo.exam import examine_independently
from suites.shared.measure import emit


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1000, 1001, 1002])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--events", type=int)
    parser.add_argument("--products", type=int)
    given = parser.parse_args()
    report = examine_independently(
        seeds=given.seeds, data=given.data, n_events=given.events, n_products=given.products
    )
    for name, text in report.sums():
        emit(total=name, text=text, seeds=given.seeds, data=report.body["data"])
    for kind in report.body["kinds"]:
        if 2 * kind["found"] < kind["planted"]:
            emit(**{name: kind[name] for name in ("kind", "planted", "found")})


if __name__ == "__main__":
    main()
