"""How good the checks are: known faults are injected into clean rows, and every check gets a score.

    python bench/quality.py                                            # the simulated shop, the seeds for choosing
    python bench/quality.py --for reporting --data ../shared/data/icecat --data ../shared/data/online_retail
    python bench/quality.py --seed 7 --areas text --missed             # one seed, some faults, what was got wrong

All faults of ``baihuo.faults`` go into the same rows, and the last ones into rows that have a fault already. One JSON
line a check and data set, over all seeds: precision and recall by (row, check), and a summary.

**What counts.** A finding on a row without a fault counts against the check, also where nothing at all was planted for it
(``outcome`` is ``false alarms``). A fault of which there are fewer than 30 is planted again, into fresh copies; where
there are still too few (a log has one hole) the outcome is ``too few``, and the 95% interval is what is known. Which seeds and
which half of real data are for choosing thresholds and which only report: ``suites/quality/seeds.py``.

**The ground.** The simulated shop is clean as it is made, but for a few visits that begin while another
of the same person goes on at the same device (``torn`` rows, taken out first by looking at the log
alone) and for what people typed of themselves (masked at import): whatever is found in it before anything was
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
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baihuo.core import BadInput
from baihuo.engine import DuckTables
from baihuo.exam import FEWEST, Score, Scorer, Share, Workspace, copied, outcome_of
from baihuo.faults import Dataset, Fault, all_faults
from baihuo.simulate import make_shop
from suites.quality.ground import ground, remove_found, remove_masked, remove_torn
from suites.quality.seeds import SEEDS
from suites.shared.measure import Clock, emit, peak_mb

BARS = {True: 0.99, False: 0.9}  # of certain checks, of statistical ones
CLEAN = 0.001  # of clean rows may be touched
AGAIN = 3  # how often faults are planted again of which there are too few


@dataclass
class Marks:
    """What every check did on one data set, over all seeds."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sums: Counter[str] = field(default_factory=Counter)
    grounds: list[dict[str, Any]] = field(default_factory=list)

    def add(self, score: Score) -> None:
        self.counts[score.check].update(
            planted=len(score.required),
            right=len(score.right),
            wrong=len(score.wrong),
            found=score.n_found,
            excused=score.n_excused,
        )


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--for", dest="purpose", choices=tuple(SEEDS), default="choosing")
    ask.add_argument(
        "--seed", type=int, action="append", help="instead of the seeds of --for; may be repeated"
    )
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
    seeds = given.seed or SEEDS[given.purpose]
    marks: dict[str, Marks] = defaultdict(Marks)
    with Clock() as clock:
        for seed in seeds:
            with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
                of_seed(Path(folder), seed, chosen, given, marks)
    cost = {"cpu_s": clock.cpu_s, "wall_s": clock.wall_s, "peak_mb": peak_mb()}
    for name, of_data in marks.items():
        show_marks(name, of_data, chosen, {"seeds": list(seeds), "purpose": given.purpose, **cost})


def of_seed(
    work: Path,
    seed: int,
    chosen: Sequence[Fault],
    given: argparse.Namespace,
    marks: dict[str, Marks],
) -> None:
    """One seed, over every data set."""
    shop = make_shop(  # real files without pictures of their own borrow the folder alone
        work / "shop",
        seed=seed,
        dirt=0,
        n_products=200 if given.only_data else given.products,
        n_events=500 if given.only_data else given.events,
    )
    grounds = [] if given.only_data else [("simulated", [shop.products, shop.events])]
    grounds += [(path.resolve().name, [path]) for path in given.data]
    for name, files in grounds:
        is_real = name != "simulated"
        rows = ground(
            files,
            work / name,
            DuckTables(spill_dir=work / f"{name}_spill"),
            pictures=shop.pictures.parent,
            n_events=given.events,
            purpose=given.purpose if is_real else None,
        )
        marks[name].grounds.append(prepare(name, rows, is_real=is_real))
        exam(rows, chosen, seed, given, marks[name])


def prepare(name: str, rows: Workspace, *, is_real: bool) -> dict[str, Any]:
    """What is found before any fault; of real files those rows are taken out."""
    n_torn = 0 if is_real else remove_torn(rows) + remove_masked(rows)
    n_rows = rows.n_rows()
    before = rows.run_checks("before").findings
    n_touched = len({(f.table, f.line) for f in before if f.is_change})
    n_noted = len({(f.table, f.line) for f in before if not f.is_change})
    found = Counter(f.check for f in before)
    said = {"rows": n_rows, "n_touched": n_touched, "n_noted": n_noted, "found": found}
    if is_real:
        left = remove_found(rows, before)
        return said | {"ground_rows": rows.n_rows(), "still_found": len(left)}
    return said | {"torn": n_torn}


def exam(
    rows: Workspace, chosen: Sequence[Fault], seed: int, given: argparse.Namespace, marks: Marks
) -> None:
    """Inject everything, run the checks, and score each; faults that are rare once more into fresh copies."""
    faults, asked = list(chosen), {check for fault in chosen for check in fault.checks}
    for number in range(1 + AGAIN):
        copy = Workspace(copied(rows.rows), rows.folder, rows.tables, rows.options)
        dice = random.Random(f"{seed}:{number}" if number else seed)
        dataset = Dataset(copy.rows["events"], copy.rows["products"], dice)
        for fault in faults:
            fault.apply(dataset, given.each)
        dataset.finish()
        scorer = Scorer(dataset, copy.rows, copy.run_checks(f"after_{number}").findings)
        scores = [scorer.of(check) for check in sorted(asked)]
        for score in scores:
            marks.add(score)
            if given.missed:
                show(score, scorer, copy)
        marks.sums.update(
            planted=len(dataset.truth), several=scorer.n_several(), rows=copy.n_rows()
        )
        planted = {check: marks.counts[check]["planted"] for check in asked}
        asked = {check for check, n in planted.items() if 0 < n < FEWEST}
        faults = [fault for fault in chosen if set(fault.checks) & asked]
        if not asked:
            break


def show_marks(name: str, marks: Marks, chosen: Sequence[Fault], given: dict[str, Any]) -> None:
    """The lines of one data set: its ground, a line a check, and the summary."""
    show_ground(name, marks)
    kinds: dict[str, bool] = {}
    for fault in chosen:
        kinds |= {check: fault.is_certain and kinds.get(check, True) for check in fault.checks}
    outcomes: dict[str, list[str]] = defaultdict(list)
    for check in sorted(kinds):
        n = marks.counts[check]
        recall = Share(n["right"], n["planted"])
        precision = Share(n["right"], n["right"] + n["wrong"])
        outcome = outcome_of(recall, precision, asked=BARS[kinds[check]])
        outcomes[outcome].append(check)
        if outcome == "not examined":
            continue
        emit(
            data=name,
            check=check,
            precision=precision.value or 0.0,
            recall=recall.value or 0.0,
            n_planted=n["planted"],
            n_found=n["found"],
            n_wrong=n["wrong"],
            n_excused=n["excused"],
            asked=BARS[kinds[check]],
            is_met=outcome == "met",
            outcome=outcome,
            recall_from=round(recall.low, 3),
            recall_to=round(recall.high, 3),
        )
    emit(
        data=name,
        checks=sum(
            len(of) for kind, of in outcomes.items() if kind not in ("not examined", "too few")
        ),
        met=len(outcomes["met"]),
        not_met=outcomes["not met"] + outcomes["false alarms"],
        too_few=outcomes["too few"],
        not_planted=outcomes["not examined"],
        planted=marks.sums["planted"],
        rows_of_several_kinds=marks.sums["several"],
        rows=marks.sums["rows"],
        **given,
    )


def show_ground(name: str, marks: Marks) -> None:
    """What was found before any fault, over all seeds."""
    n_rows = sum(g["rows"] for g in marks.grounds)
    found: Counter[str] = sum((g["found"] for g in marks.grounds), Counter())
    touched = sum(g["n_touched"] for g in marks.grounds) / max(n_rows, 1)
    noted = sum(g["n_noted"] for g in marks.grounds) / max(n_rows, 1)
    by_check = dict(sorted(found.items()))
    if name == "simulated":
        n_torn = sum(g["torn"] for g in marks.grounds)
        said = {"touched": touched, "allowed": CLEAN, "is_met": touched <= CLEAN, "torn": n_torn}
        emit(data=name, clean_rows=n_rows, noted=noted, found=by_check, **said)
        return
    # a real file is the same for each seed
    first = marks.grounds[0]
    emit(
        data=name,
        rows=first["rows"],
        real_dirt=touched,
        noted=noted,
        found=dict(sorted(first["found"].items())),
        ground_rows=first["ground_rows"],
        still_found=first["still_found"],
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
