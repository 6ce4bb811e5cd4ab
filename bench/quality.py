"""How good the checks are: ``baihuo exam --independent`` on some seeds, as JSON lines.

    python bench/quality.py --seeds 1000 1001 1002
    python bench/quality.py --seeds 1000 --data ../shared/data/icecat
    python bench/quality.py --seeds 1 --names own fourth --contracts

A line for each total, for each check that cases were planted for, and for each kind of which fewer than half of the rows were found
(``baihuo exam --independent --out DIR`` has every kind). With ``--contracts`` the same dirt is checked twice: without the
detectors that only note what is unlike the rest (docs/decisions/0042), and with them; each line says which by ``checks_run``.

Seeds of 1000 and above are run once a change and never looked into; whoever changes a check or the exam uses 1 to 99 (docs/exam.md).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from baihuo.exam import CheckOptions, examine
from baihuo.quality import CHECKS
from suites.shared.measure import emit

DETECTORS = ("habits", "history")  # steps


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1000, 1001, 1002])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--events", type=int)
    parser.add_argument("--products", type=int)
    parser.add_argument("--names", nargs="+", default=[], help="of kinds, hands, checks or steps")
    parser.add_argument("--kinds", type=Path, help="a folder of kinds as rows of data")
    parser.add_argument("--contracts", action="store_true", help="without the detectors as well")
    given = parser.parse_args()
    detectors = [check.name for check in CHECKS if check.step in DETECTORS]
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        rules = Path(folder) / "quality.yaml"
        rules.write_text(f"skip: [{', '.join(detectors)}]\n", encoding="utf-8")
        for run in ("contracts", "all") if given.contracts else ("all",):
            report = examine(
                data=given.data,
                seeds=given.seeds,
                names=given.names,
                checks=CHECKS,
                kinds_folder=given.kinds,
                n_events=given.events,
                n_products=given.products,
                options=CheckOptions(rules=rules if run == "contracts" else None),
            )
            which = {"checks_run": run} if given.contracts else {}
            for name, text in report.sums():
                emit(total=name, text=text, seeds=given.seeds, data=report.body["data"], **which)
            for check in report.body["checks"]:
                if check["n_injected"]:
                    names = ("check", "n_injected", "n_found", "n_findings", "n_right", "outcome")
                    emit(**{name: check[name] for name in names}, **which)
            for kind in report.body["kinds"]:
                if 2 * kind["found"] < kind["planted"]:
                    emit(**{name: kind[name] for name in ("kind", "planted", "found")}, **which)


if __name__ == "__main__":
    main()
