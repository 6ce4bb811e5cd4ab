"""How good the checks are: known faults are injected into clean rows, and every check gets a score.

    python bench/quality.py --seed 7                                   # the simulated shop
    python bench/quality.py --seed 7 --data ../shared/data/icecat --data ../shared/data/online_retail

All faults of ``baihuo.faults`` go into the same rows, and the last ones into rows that have a fault already. One JSON
line a check: precision and recall by (row, check), a line of what had no row to go into, and a summary a data set.
A finding on a row without a fault counts against the check.

**The ground.** The simulated shop is clean as it is made, but for a few visits that begin while another
of the same person goes on at the same device (``torn`` rows, taken out first by looking at the log
alone): whatever is found in it before anything was
injected is wrong, and the share of rows touched (quarantined, merged or repaired) has a bar of its own.
Real files have faults of their own and nobody knows which findings in them are right. So ``real_dirt`` is
only reported; then every row on which anything was found is taken out, with the events of products that
went, and the rest is looked at again until nothing is found. Faults go into what is left.

What is not required of a check, and why, is in ``src/baihuo/exam/scoring.py``. ``baihuo exam`` does the same with the
rows of one shop: it keeps what was found before where it is, instead of taking it out.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from pathlib import Path

from baihuo.core import BadInput
from baihuo.engine import DuckTables
from baihuo.exam import Score, Scorer, Workspace
from baihuo.faults import Dataset, Fault, all_faults
from baihuo.simulate import make_shop
from suites.quality.ground import ground, remove_found, remove_torn
from suites.shared.measure import Clock, emit, peak_mb

BARS = {True: 0.99, False: 0.9}  # of certain checks, of statistical ones
CLEAN = 0.001  # of clean rows may be touched


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument(
        "--events", type=int, default=120_000, help="to simulate; at most to take of a real log"
    )
    ask.add_argument("--products", type=int, default=4_000)
    ask.add_argument(
        "--each", type=int, default=60, help="rows (or groups) that each fault goes into"
    )
    ask.add_argument(
        "--data",
        type=Path,
        action="append",
        default=[],
        help="real files (any that import reads) to use, too; may be repeated",
    )
    ask.add_argument("--only-data", action="store_true", help="leave the simulated shop out")
    ask.add_argument("--areas", help="only these areas of baihuo.faults, with commas")
    ask.add_argument("--missed", action="store_true", help="print the rows that were got wrong")
    given = ask.parse_args()
    try:
        chosen = all_faults(None if given.areas is None else given.areas.split(","))
    except BadInput as error:
        ask.error(str(error))
    with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
        work = Path(folder)
        shop = make_shop(  # real files without pictures of their own borrow the folder alone
            work / "shop",
            seed=given.seed,
            dirt=0,
            n_products=200 if given.only_data else given.products,
            n_events=500 if given.only_data else given.events,
        )
        grounds = [] if given.only_data else [("simulated", [shop.products, shop.events])]
        grounds += [(path.resolve().name, [path]) for path in given.data]
        for name, files in grounds:
            is_real = name != "simulated"
            tables = DuckTables(spill_dir=work / f"{name}_spill")
            rows = ground(
                files, work / name, tables, pictures=shop.pictures.parent, n_events=given.events
            )
            fails = prepare(name, rows, is_real=is_real)
            exam(name, rows, chosen, given, fails)


def prepare(name: str, rows: Workspace, *, is_real: bool) -> list[str]:
    """What is found before any fault; of real files those rows are taken out. Answers what already fails."""
    n_torn = 0 if is_real else remove_torn(rows)
    n_rows = rows.n_rows()
    before = rows.run_checks("before").findings
    touched = len({(f.table, f.line) for f in before if f.is_change}) / n_rows
    noted = len({(f.table, f.line) for f in before if not f.is_change}) / n_rows
    by_check = dict(sorted(Counter(f.check for f in before).items()))
    if is_real:
        left = remove_found(rows, before)
        emit(
            data=name,
            rows=n_rows,
            real_dirt=touched,
            noted=noted,
            found=by_check,
            ground_rows=rows.n_rows(),
            still_found=len(left),
        )
        return []
    emit(
        data=name,
        clean_rows=n_rows,
        touched=touched,
        allowed=CLEAN,
        noted=noted,
        found=by_check,
        torn=n_torn,
    )
    return ["clean rows"] if touched > CLEAN else []


def exam(
    name: str, rows: Workspace, chosen: list[Fault], given: argparse.Namespace, fails: list[str]
) -> None:
    """Inject everything, run the checks, and score each."""
    dataset = Dataset(rows.rows["events"], rows.rows["products"], random.Random(given.seed))
    kinds: dict[str, bool] = {}
    for fault in chosen:
        kinds |= {check: fault.is_certain and kinds.get(check, True) for check in fault.checks}
        fault.apply(dataset, given.each)
    dataset.finish()
    with Clock() as clock:
        found = rows.run_checks("after").findings
    scorer = Scorer(dataset, rows.rows, found)
    n_met, not_planted = 0, []
    for check in sorted(kinds):
        score = scorer.of(check)
        if not score.required:  # what was found all the same is wrong, and reported
            not_planted.append(check)
        if not score.required and not score.wrong:
            continue
        precision, recall = score.precision.value or 0.0, score.recall.value or 0.0
        is_met = bool(score.required) and min(precision, recall) >= BARS[kinds[check]]
        n_met += is_met
        fails += [] if is_met or not score.required else [check]
        emit(
            data=name,
            check=check,
            precision=precision,
            recall=recall,
            n_planted=len(score.required),
            n_found=score.n_found,
            n_excused=score.n_excused,
            asked=BARS[kinds[check]],
            is_met=is_met,
        )
        if given.missed:
            show(score, scorer, rows)
    emit(
        data=name,
        checks=len(kinds) - len(not_planted),
        met=n_met,
        not_met=fails,
        not_planted=not_planted,
        planted=len(dataset.truth),
        rows_of_several_kinds=scorer.n_several(),
        rows=rows.n_rows(),
        cpu_s=clock.cpu_s,
        wall_s=clock.wall_s,
        peak_mb=peak_mb(),
    )


def show(score: Score, scorer: Scorer, rows: Workspace) -> None:
    """A few rows that the check got wrong, with what else is known of them."""
    for kind, locations in (("missed", score.missed), ("wrong", score.wrong)):
        for location in random.Random(0).sample(sorted(locations), min(4, len(locations))):
            row = rows.rows[location[0]][location[1] - 1]
            cells = {name: cell for name, cell in row.items() if cell not in (None, [], "")}
            faults, found = sorted(scorer.truth[location]), scorer.found[location]
            print(f"    {score.check} {kind}: faults {faults}, found {found}: {str(cells)[:600]}")


if __name__ == "__main__":
    main()
