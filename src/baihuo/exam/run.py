"""The exam: the checks on unmodified rows, then on copies with known faults, and the scores of all."""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baihuo import quality
from baihuo.core import BadInput, NotFound, Progress, no_progress
from baihuo.engine import Tables
from baihuo.exam.report import CERTAIN, N_EXAMPLES, STATISTICAL, CheckResult, ExamReport
from baihuo.exam.scoring import Known, Score, Scorer
from baihuo.exam.workspace import CheckOptions, CheckRun, Finding, Location, Rows, Workspace, copied
from baihuo.faults import Dataset, Fault, Row, Table, all_faults
from baihuo.quality import CHECKS, STEPS, Check

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


# Rows that a check got wrong, for a person to look at.


def row_example(
    check: str, location: Location, scorer: Scorer, copy: Workspace, findings: Sequence[Finding]
) -> dict[str, Any]:
    """One row for a person to look at: its cells, its faults, what was found and why."""
    table, line = location
    row = copy.rows[table][line - 1]
    details = [
        finding.detail
        for finding in findings
        if (finding.table, finding.line, finding.check) == (table, line, check)
    ]
    return {
        "row": {name: _short(cell) for name, cell in row.items() if _is_telling(name, cell)},
        "faults": sorted(scorer.truth[location]),
        "found": dict(sorted(scorer.found[location].items())),
        "detail": details[0] if details else {},
    }


def _is_telling(name: str, cell: object) -> bool:
    return name not in ("import_id", "line") and cell not in (None, "", [], "{}", "[]")


def _short(cell: object) -> object:
    return f"{cell[:200]}…" if isinstance(cell, str) and len(cell) > 200 else cell


# Why a check could not be examined on these rows.


_OURS = {check.name for check in CHECKS}


def reason_for(
    check: Check,
    faults: Sequence[Fault],
    counts: Mapping[str, int],
    not_checked: Sequence[str],
    rows: Rows,
) -> str:
    """In words; empty of a check that was examined.

    Args:
        faults: that the check should find.
        counts: ``n_injected`` and ``n_excused`` over all rounds.
        not_checked: what the checks said of the unmodified rows, as "purchase_before_view: this log holds no views".
    """
    if counts["n_injected"]:
        return ""
    if not rows[check.on]:
        return "no events" if check.on == "events" else "no products"
    for words in not_checked:
        names, _, why = words.partition(": ")
        if why and {check.name, check.step} & set(re.findall(r"\w+", names)):
            return f"not checked: {why}"
    if not faults:
        return "no fault for it yet" + ("" if check.name in _OURS else " (a check of your own)")
    if counts["n_excused"]:
        return "earlier checks rightly took out every row with its fault"
    needs = list(dict.fromkeys(fault.needs for fault in faults if not fault.is_second))
    return f"none or too few: {' or '.join(needs[:2])}"


# Which faults go into which rows: how many rows each, and in how many rounds.


MOST_ROWS = 60  # for each fault: enough for an interval of ±0.05 around 0.95
FEWEST_ROWS = 3
# One in so many rows of its table, between those two: what stands in every tenth row of a log is no fault to a
# check, it is how that shop works.
ROWS_A_FAULT: dict[Table, int] = {"events": 500, "products": 100}
ROUND_SHARE = 0.3  # of a table's rows have a fault in one round, at most
MAX_ROUNDS = 8
_TABLE: dict[str, Table] = {check.name: check.on for check in CHECKS}


@dataclass(frozen=True, slots=True)
class Plan:
    """Rounds of faults. Each round starts from a fresh copy, so that faults leave each other clean rows."""

    checks: tuple[str, ...]  # that are examined, in the order in which they run
    rounds: tuple[tuple[Fault, ...], ...]
    n_each: dict[Table, int]  # rows or groups that a fault of the table goes into

    def n_for(self, fault: Fault) -> int:
        """Rows (or groups) that the fault goes into."""
        return self.n_each[_table(fault)]

    def faults_of(self, check: str) -> list[Fault]:
        """The faults that ``check`` should find."""
        return [fault for faults in self.rounds for fault in faults if check in fault.checks]


def make_plan(
    rows: Rows,
    checks: Collection[str] = (),
    *,
    n_each: int | None = None,
    custom: Sequence[str] = (),
) -> Plan:
    """Which faults to inject into ``rows``, for the checks or steps named (none: all).

    Args:
        n_each: rows (or groups) that each fault goes into; None: one in 500 events or in 100 products, from 3 to 60.
        custom: names of the shop's own checks, which may be named too.

    Raises:
        NotFound: neither a check nor a step; lists the names there are.
    """
    chosen = _chosen(checks, custom)
    faults = [fault for fault in all_faults() if set(fault.checks) & set(chosen)]
    each: dict[Table, int] = {
        table: n_each or min(MOST_ROWS, max(FEWEST_ROWS, len(of_table) // ROWS_A_FAULT[table]))
        for table, of_table in rows.items()
    }
    n_rounds = 1
    for table, of_table in rows.items():
        n_dirty = each[table] * sum(_table(fault) == table for fault in faults)
        if of_table:
            n_rounds = max(n_rounds, -(-n_dirty // max(1, int(len(of_table) * ROUND_SHARE))))
    n_rounds = min(n_rounds, MAX_ROUNDS, max(len(faults), 1))
    return Plan(chosen, tuple(tuple(faults[i::n_rounds]) for i in range(n_rounds)), each)


def _table(fault: Fault) -> Table:
    return _TABLE[fault.checks[0]]


def _chosen(names: Collection[str], custom: Sequence[str]) -> tuple[str, ...]:
    known = [*(check.name for check in CHECKS), *custom]
    wanted = set(names)
    steps = {check.step for check in CHECKS}
    if unknown := wanted - set(known) - steps:
        what = f"no check or step is called {', '.join(map(repr, sorted(unknown)))}"
        raise NotFound(what, fix=f"one of: {', '.join([*STEPS, *known])}")
    if not wanted:
        return tuple(known)
    step_of = {check.name: check.step for check in quality.CHECKS}
    return tuple(name for name in known if name in wanted or step_of.get(name) in wanted)
