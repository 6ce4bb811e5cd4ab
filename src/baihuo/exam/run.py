"""The exam: the checks on unmodified rows, then on copies with known faults, and the scores of all."""

from __future__ import annotations

import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baihuo.core import BadInput, Progress, no_progress
from baihuo.engine import Tables
from baihuo.exam.outcome import CERTAIN, STATISTICAL
from baihuo.exam.plan import Plan, make_plan
from baihuo.exam.reasons import reason_for
from baihuo.exam.report import N_EXAMPLES, CheckResult, ExamReport
from baihuo.exam.row_examples import row_example
from baihuo.exam.score import Known, Score
from baihuo.exam.scoring import Scorer
from baihuo.exam.workspace import CheckOptions, CheckRun, Finding, Location, Rows, Workspace, copied
from baihuo.faults import Dataset, Row
from baihuo.quality import CHECKS, Check

_COUNTED = ("n_injected", "n_found", "n_wrong", "n_excused", "n_clean_touched")


@dataclass
class _Tally:
    """One check over rounds and seeds."""

    counts: Counter[str] = field(default_factory=Counter)
    missed: list[dict[str, Any]] = field(default_factory=list)
    clean_touched: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self, score: Score, scorer: Scorer, copy: Workspace, findings: Sequence[Finding]
    ) -> None:
        self.counts.update(
            n_injected=len(score.required),
            n_found=len(score.right),
            n_wrong=len(score.wrong),
            n_excused=score.n_excused,
            n_clean_touched=len(score.clean_touched),
        )
        examples = ((self.missed, score.missed), (self.clean_touched, score.clean_touched))
        for into, locations in examples:
            for location in sorted(locations)[: N_EXAMPLES - len(into)]:
                into.append(row_example(score.check, location, scorer, copy, findings))


def examine(
    tables: Tables,
    rows: Rows,
    *,
    options: CheckOptions,
    work: Path,
    checks: Collection[str] = (),
    seeds: Sequence[int] = (7,),
    n_each: int | None = None,
    progress: Progress = no_progress,
) -> ExamReport:
    """Inject known faults into copies of ``rows`` and count what every check finds of them.

    The rows that any check changed (quarantine, merge, repair) before any fault get none. What was found before counts
    neither for nor against a check, see :mod:`baihuo.exam.scoring`. Counts are added up over rounds and seeds.

    Args:
        rows: as :func:`baihuo.exam.load_rows` answers them; they stay as they are.
        options: how the checks are run: rules, our clock, pictures, the shop's own checks.
        work: a folder for the copies; what is in it can be deleted afterwards.
        checks: names of checks or steps; none: all.
        seeds: each draws other rows and other faults.
        n_each: rows (or groups) that each fault goes into; None: one in 500 events or in 100 products, from 3 to 60.
        progress: called with the stage, runs done and runs in all.

    Raises:
        BadInput: no row, or no seed.
        NotFound: ``checks`` names neither a check nor a step.
    """
    if not any(rows.values()):
        raise BadInput("there are no rows to examine the checks on", fix="import a file first")
    if not seeds:
        raise BadInput("no seed", fix="give at least one, as in --seed 7")
    custom = [own.check for own in options.custom.checks] if options.custom else []
    plan = make_plan(rows, checks, n_each=n_each, custom=[check.name for check in custom])
    n_rounds = len(seeds) * len(plan.rounds)
    progress("checks on the unmodified rows", 0, 1)
    before = Workspace(copied(rows), work, tables, options)
    unmodified = before.run_checks("before")
    _discard(work / "before")
    progress("checks on the unmodified rows", 1, 1)
    progress("rounds of faults and checks", 0, n_rounds)
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    n_clean = 0
    for number, seed in enumerate(seeds):
        for i in range(len(plan.rounds)):
            n_clean += _round(plan, i, seed, before, unmodified, tallies)
            n_done = number * len(plan.rounds) + i + 1
            progress("rounds of faults and checks", n_done, n_rounds)
    return _report(plan, rows, tuple(seeds), unmodified, tallies, n_clean, custom)


def _round(
    plan: Plan,
    number: int,
    seed: int,
    before: Workspace,
    unmodified: CheckRun,
    tallies: dict[str, _Tally],
) -> int:
    """Inject one round's faults into a copy, run the checks and add up the scores. Answers the clean rows."""
    copy = Workspace(copied(before.rows), before.folder, before.tables, before.options)
    changed = {(f.table, f.line) for f in unmodified.findings if f.is_change}
    found = {((f.table, f.line), f.check) for f in unmodified.findings}
    old_rows: dict[Location, Row] = {
        (table, row["line"]): row for table, of_table in copy.rows.items() for row in of_table
    }
    dataset = Dataset(copy.rows["events"], copy.rows["products"], random.Random(f"{seed}:{number}"))
    for location in sorted(changed):
        dataset.reserve(old_rows[location])
    for fault in plan.rounds[number]:
        fault.apply(dataset, plan.n_for(fault))
    dataset.finish()
    run = copy.run_checks("round")
    _discard(copy.folder / "round")
    moved = _moved(old_rows, copy.rows)
    known = Known(
        frozenset((moved[row], check) for row, check in found if row in moved),
        frozenset(moved[row] for row in changed if row in moved),
    )
    scorer = Scorer(dataset, copy.rows, run.findings, known)
    for check in plan.checks:
        tallies[check].add(scorer.of(check), scorer, copy, run.findings)
    return scorer.n_clean()


def _moved(old_rows: dict[Location, Row], rows: Rows) -> dict[Location, Location]:
    """Old location → the one after faults added and removed rows; without rows that are gone."""
    there = {id(row) for of_table in rows.values() for row in of_table}
    return {
        (table, line): (table, row["line"])
        for (table, line), row in old_rows.items()
        if id(row) in there
    }


def _report(
    plan: Plan,
    rows: Rows,
    seeds: tuple[int, ...],
    unmodified: CheckRun,
    tallies: dict[str, _Tally],
    n_clean: int,
    custom: Sequence[Check],
) -> ExamReport:
    n_before = Counter(finding.check for finding in unmodified.findings)
    by_name = {check.name: check for check in (*CHECKS, *custom)}
    results = []
    for name in plan.checks:
        tally, check = tallies[name], by_name[name]
        faults = plan.faults_of(name)
        results.append(
            CheckResult(
                check=name,
                step=check.step,
                table=check.on,
                action=check.action,
                faults=tuple(dict.fromkeys(fault.name for fault in faults)),
                n_before=n_before[name],
                missed=tuple(tally.missed),
                clean_touched=tuple(tally.clean_touched),
                asked=CERTAIN if faults and all(f.is_certain for f in faults) else STATISTICAL,
                reason=reason_for(check, faults, tally.counts, unmodified.not_checked, rows),
                **{field: tally.counts[field] for field in _COUNTED},
            )
        )
    return ExamReport(
        checks=tuple(results),
        n_events=len(rows["events"]),
        n_products=len(rows["products"]),
        seeds=seeds,
        n_rounds=len(plan.rounds),
        n_each=dict(plan.n_each.items()),
        before=dict(sorted(n_before.items())),
        n_changed_before=len({(f.table, f.line) for f in unmodified.findings if f.is_change}),
        n_clean=n_clean,
        n_clean_touched=sum(result.n_clean_touched for result in results),
    )


def _discard(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
