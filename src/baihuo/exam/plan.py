"""Which faults go into which rows: how many rows each, and in how many rounds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from baihuo import quality
from baihuo.core import NotFound
from baihuo.exam.workspace import Rows
from baihuo.faults import Fault, Table, all_faults
from baihuo.quality import CHECKS, STEPS

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
