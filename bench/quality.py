"""How good the checks are: dirt of known kinds is planted in clean rows, and every check is marked.

    python bench/quality.py --seed 7                                   # the simulated shop
    python bench/quality.py --seed 7 --data ../shared/data/icecat --data ../shared/data/online_retail

Every plant of ``baihuo.simulate.plants`` soils the same rows, and the last puts dirt of other kinds into
rows that are dirty already. One JSON line a check: precision and recall by (row, check), a line of what
had nothing to be planted in, and a summary a data set. A finding on a row where nobody planted
anything counts against the check.

**The ground.** The simulated shop is clean as it is made, but for a few visits that begin while another
of the same person goes on at the same device (``torn`` rows, taken out first by looking at the log
alone): whatever is found in it before anything was
planted is wrong, and the share of rows touched (quarantined, merged or repaired) has a bar of its own.
Real files have dirt of their own and nobody knows which findings in them are right. So ``real_dirt`` is
only reported; then every row on which anything was found is dug out, with the events of products that
went, and the rest is looked at again until nothing is found. What is planted in that is the exam.

**What nobody is asked.** Checks run in steps, in the order of ``quality/registry.py``: what one step takes
out the next never sees, and what one repairs the next sees repaired. From that order follow the only
four excuses; a row is excused for one check, never for all:

1. A row that an earlier check rightly took out is not asked about by later ones.
2. A finding that needs a second row (the impression under a click, the purchase under a cancel, the
   rest of a page or a visit) is not asked for where something else was planted in that other row, and
   a check that is right about it took it out or changed it.
3. What follows from a row that rightly left is no mistake, and nobody is asked to say it: events of a
   product that went are of no product, a cancel of a purchase that went cancels nothing, a row that
   was pointed at another product, page or time is judged by what it says now.
4. Where another check of the same step, right about the row, mended it (a price withheld because its
   events contradict it, instead of because its shelf does), nobody is asked to mend it twice.

A hole in the log has no row of its own: a finding that points into it, or to the two hours before, is
one about the row that stands before it. A plant also names other checks that are right about its rows but are not its exam (a copied listing
shares a bar code): those findings are neither right nor wrong.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from _quality_ground import Ground
from _quality_marks import Marks
from baihuo.engine import DuckTables
from baihuo.simulate import make_shop, plants
from baihuo.simulate.planting import Bed, Plant
from suites.shared.measure import Clock, emit, peak_mb

BARS = {True: 0.99, False: 0.9}  # of certain checks, of statistical ones
CLEAN = 0.001  # of clean rows may be touched
# coverage takes rows away, others copy whole rows, the last three break what is in them
TURN = {"coverage": -1, "people": 1, "basic": 2, "rows": 2, "several": 3}


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument(
        "--events", type=int, default=120_000, help="to simulate; at most to take of a real log"
    )
    ask.add_argument("--products", type=int, default=4_000)
    ask.add_argument("--each", type=int, default=60, help="rows (or groups) soiled by each plant")
    ask.add_argument(
        "--data",
        type=Path,
        action="append",
        default=[],
        help="real files (any that import reads) to plant in, too; may be repeated",
    )
    ask.add_argument("--only-data", action="store_true", help="leave the simulated shop out")
    ask.add_argument("--areas", help="only these modules of simulate.plants, with commas")
    ask.add_argument("--missed", action="store_true", help="print the rows that were got wrong")
    given = ask.parse_args()
    chosen = list(all_plants(given.areas))
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
            ground = Ground(
                files, work / name, tables, pictures=shop.pictures.parent, n_events=given.events
            )
            exam(name, ground, chosen, given, is_real=is_real)


def all_plants(areas: str | None) -> Iterator[Plant]:
    """The plants of all areas, or of those named; last what leaves no sense in a cell."""
    names = [module.name for module in pkgutil.iter_modules(plants.__path__)]
    wanted = set(names) if areas is None else set(areas.split(","))
    for name in sorted(names, key=lambda n: (TURN.get(n, 0), n)):
        if name in wanted:
            yield from importlib.import_module(f"baihuo.simulate.plants.{name}").PLANTS


def exam(
    name: str, ground: Ground, chosen: list[Plant], given: argparse.Namespace, *, is_real: bool
) -> None:
    """Clean as it is, then with everything planted, and mark every check."""
    n_torn = 0 if is_real else ground.tidy()
    n_rows = ground.n_rows()
    before = ground.clean("before")
    touched = len({(t, n) for t, n, _, action in before if action != "note"}) / n_rows
    noted = len({(t, n) for t, n, _, action in before if action == "note"}) / n_rows
    by_check = dict(sorted(Counter(check for *_, check, _ in before).items()))
    fails = []
    if is_real:
        left = ground.dig_out(before)
        emit(
            data=name,
            rows=n_rows,
            real_dirt=touched,
            noted=noted,
            found=by_check,
            ground_rows=ground.n_rows(),
            still_found=len(left),
        )
    else:
        emit(
            data=name,
            clean_rows=n_rows,
            touched=touched,
            allowed=CLEAN,
            noted=noted,
            found=by_check,
            torn=n_torn,
        )
        fails = ["clean rows"] if touched > CLEAN else []
    bed = Bed(ground.rows["events"], ground.rows["products"], random.Random(given.seed))
    kinds: dict[str, bool] = {}
    for plant in chosen:
        kinds |= {check: plant.is_certain and kinds.get(check, True) for check in plant.checks}
        plant.sow(bed, given.each)
    bed.settle()
    with Clock() as clock:
        found = ground.clean("after")
    marks = Marks(bed, ground.rows, found)
    n_met, not_planted = 0, []
    for check in sorted(kinds):
        mark = marks.of(check)
        if not mark.n_planted:  # what was found all the same is wrong, and said
            not_planted.append(check)
        if not mark.n_planted and not mark.wrong:
            continue
        is_met = bool(mark.n_planted) and min(mark.precision, mark.recall) >= BARS[kinds[check]]
        n_met += is_met
        fails += [] if is_met or not mark.n_planted else [check]
        emit(
            data=name,
            check=check,
            precision=mark.precision,
            recall=mark.recall,
            n_planted=mark.n_planted,
            n_found=mark.n_found,
            n_excused=mark.n_excused,
            asked=BARS[kinds[check]],
            is_met=is_met,
        )
        if given.missed:
            marks.tell(mark)
    emit(
        data=name,
        checks=len(kinds) - len(not_planted),
        met=n_met,
        not_met=fails,
        not_planted=not_planted,
        planted=len(bed.truth),
        rows_of_several_kinds=marks.n_several(),
        rows=ground.n_rows(),
        cpu_s=clock.cpu_s,
        wall_s=clock.wall_s,
        peak_mb=peak_mb(),
    )


if __name__ == "__main__":
    main()
