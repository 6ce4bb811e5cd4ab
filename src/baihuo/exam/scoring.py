"""Findings compared with the faults that were injected, check by check.

**Not required.** Checks run in the order of ``quality/registry.py``: what one step takes out the next never sees,
and what one repairs the next sees repaired. From that order follow the only four excuses; a row is excused for one
check, never for all:

1. A row that an earlier check rightly took out is not required of later ones.
2. A finding that needs a second row (the impression under a click, the purchase under a cancel, the rest of a page
   or a session) is not required where that other row has a fault of its own, and a check that is right about it took
   it out or changed it.
3. What follows from a row that rightly left is no mistake, and is not required: events of a product that left are
   of no product, a cancel of a purchase that left cancels nothing, a row that was pointed at another product, page
   or time is judged by what it says now.
4. Where another check of the same step, right about the row, repaired it (a price withheld because its events
   contradict it, instead of because its category does), no second repair is required.

A fault also names other checks that are right about its rows but are not what it examines (a copied listing shares
a bar code): those findings are neither right nor wrong. A gap in the log has no row of its own: a finding that points
into it, or to the two hours before, is one about the row before it.

**Found before.** What the checks find in the unmodified rows counts neither for nor against them afterwards: the
same check on the same row, and every check on a row that was quarantined, merged or repaired before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from baihuo.exam.report import Share
from baihuo.exam.workspace import Finding, Location, Rows
from baihuo.faults import Dataset, Table
from baihuo.quality import STEPS_BY_TABLE, Check

BEFORE_GAP_US = 7_200_000_000  # a finding so long before a gap may be about it


class Scorer:
    """Scores of every check in one run over rows with faults."""

    def __init__(
        self, dataset: Dataset, rows: Rows, findings: Sequence[Finding], known: Known | None = None
    ) -> None:
        """``rows`` are those of ``dataset`` as they were checked: with their lines."""
        self._rows, self._known = rows, known or Known()
        lines: dict[int, Location] = {
            id(row): (table, row["line"]) for table in rows for row in rows[table]
        }
        self.truth: dict[Location, set[str]] = defaultdict(set)
        self.also: dict[Location, set[str]] = defaultdict(set)
        for labels, into in ((dataset.truth, self.truth), (dataset.excused, self.also)):
            for _, row, check in labels:
                into[lines[id(row)]].add(check)
        self._needs: dict[tuple[Location, str], set[Location]] = defaultdict(set)
        for row, check, others in dataset.depends:
            if id(row) in lines:
                there = {lines[id(other)] for other in others if id(other) in lines}
                self._needs[lines[id(row)], check] |= there
        self.found = self._by_row(dataset, findings, lines)
        order = checks_in_order()
        self._step = {check.name: check.step for check in order}
        self._order = {(check.on, check.name): n for n, check in enumerate(order)}
        taken = {location: self._taken_at(location) for location in list(self.found)}
        self._gone = {location: at for location, at in taken.items() if at is not None}
        _follow(set(self._gone), self.found, rows, self.also)

    def _by_row(
        self, dataset: Dataset, findings: Sequence[Finding], lines: dict[int, Location]
    ) -> dict[Location, dict[str, str]]:
        """Row → check → action; what points into a gap is one about the row before the gap."""
        gaps = [
            (check, lines[id(row)], start_us, end_us)
            for row, check, start_us, end_us in dataset.gaps
            if id(row) in lines
        ]
        found: dict[Location, dict[str, str]] = defaultdict(dict)
        for finding in findings:
            row = self._rows[finding.table][finding.line - 1]
            # its own clock may have a fault: ours counts as well
            at_us = [row.get(name) or 0 for name in ("occurred_at_us", "received_at_us")]
            into = [
                location
                for check, location, start_us, end_us in gaps
                if check == finding.check
                and any(start_us - BEFORE_GAP_US <= at < end_us for at in at_us)
            ]
            location: Location = (finding.table, finding.line)
            if into and location not in into:  # gaps of two types of event may overlap
                location = into[0]
            found[location][finding.check] = finding.action
        return found

    def of(self, check: str) -> Score:
        """The score of one check."""
        every = {row for row, checks in self.found.items() if check in checks}
        got = {row for row in every if not self._known.has(row, check)}
        injected = {
            row
            for row, checks in self.truth.items()
            if check in checks and not self._known.has(row, check)
        }
        required = {row for row in injected if row in got or not self._is_excused(row, check)}
        wrong = {row for row in got - required if check not in self.also[row]}
        touched = {
            row
            for row in wrong
            if not self.truth[row] and not self.also[row] and self.found[row][check] != "note"
        }
        return Score(
            check,
            required=frozenset(required),
            right=frozenset(got & required),
            wrong=frozenset(wrong),
            n_found=len(every),
            n_excused=len(injected - required),
            clean_touched=frozenset(touched),
        )

    def n_several(self) -> int:
        """Rows with more than one fault."""
        return sum(len(checks) > 1 for checks in self.truth.values())

    def n_clean(self) -> int:
        """Rows without any fault, that nothing was found on before."""
        n_rows = sum(map(len, self._rows.values()))
        return n_rows - len(
            {row for row, checks in self.truth.items() if checks} | self._known.changed
        )

    def _right(self, location: Location, *but: str) -> dict[str, str]:
        known = self.truth[location] | self.also[location]
        return {c: a for c, a in self.found[location].items() if c in known and c not in but}

    def _at(self, location: Location, check: str) -> int:
        return self._order.get((location[0], check), -1)

    def _taken_at(self, location: Location) -> int | None:
        """Where in the order a check that is right about the row took it out."""
        at = [
            self._at(location, check)
            for check, action in self._right(location).items()
            if action in ("quarantine", "merge")
        ]
        return min(at, default=None)

    def _is_excused(self, location: Location, check: str) -> bool:
        """Whether an earlier step rightly took the row, or took or changed one that the finding needs;
        or another check of the same step rightly repaired the row."""
        at = self._at(location, check)
        if location in self._gone and self._gone[location] < at:
            return True
        if any(
            action == "repair" and self._step.get(other) == self._step.get(check)
            for other, action in self._right(location, check).items()
        ):
            return True
        return any(
            action != "note" and self._at(needed, other) < at
            for needed in self._needs[location, check]
            for other, action in self._right(needed, check).items()
        )


def checks_in_order() -> list[Check]:
    """Every check of ours, products first, in the order in which they see the rows."""
    tables: tuple[Table, ...] = ("products", "events")
    return [
        check
        for table in tables
        for step in STEPS_BY_TABLE[table]
        for check in step.checks
        if check.on == table
    ]


def _follow(
    gone: Collection[Location],
    found: dict[Location, dict[str, str]],
    rows: Rows,
    also: dict[Location, set[str]],
) -> None:
    """Rule 3: what follows from rows that rightly left, or were rightly pointed elsewhere."""
    left = {row["product_id"] for row in rows["products"] if ("products", row["line"]) in gone}
    kept = {row["product_id"] for row in rows["products"] if ("products", row["line"]) not in gone}
    lost = left - kept
    bought, pages = set(), set()
    for row in rows["events"]:
        location: Location = ("events", row["line"])
        if location in gone:
            bought.add((row["visitor_id"], row["product_id"]))
        if row["product_id"] in lost:
            also[location] |= {"unknown_product", "merged_product"}
        if found[location].keys() & {"merged_product"} and row["query_id"]:
            pages.add(row["query_id"])
    purchase_checks = (
        "cancel_without_purchase cancel_of_earlier_purchase purchase_before_view".split()
    )
    for row in rows["events"]:
        location = ("events", row["line"])
        if (row["visitor_id"], row["product_id"]) in bought:
            also[location] |= set(purchase_checks)
        if row["query_id"] in pages:  # it may have shown the listing that the other went into, too
            also[location].add("product_twice")


# What one check did in one run, and what is left out of it because it was found before.


@dataclass(frozen=True, slots=True)
class Known:
    """What was found before any fault: (row, check), and the rows that were changed."""

    findings: frozenset[tuple[Location, str]] = frozenset()
    changed: frozenset[Location] = frozenset()

    def has(self, location: Location, check: str) -> bool:
        """Whether a finding of ``check`` on that row counts neither way."""
        return location in self.changed or (location, check) in self.findings


@dataclass(frozen=True, slots=True)
class Score:
    """What one check did in one run."""

    check: str
    required: frozenset[Location]  # rows with a fault that it should find
    right: frozenset[Location]  # of them, found
    wrong: frozenset[Location]  # found, and no fault says so
    n_found: int  # all its findings, also those that count neither way
    n_excused: int
    clean_touched: frozenset[Location] = field(default_factory=frozenset)
    """Of the wrong ones, rows without any fault that it quarantined, merged or repaired."""

    @property
    def missed(self) -> frozenset[Location]:
        """Required, and not found."""
        return self.required - self.right

    @property
    def recall(self) -> Share:
        """Found of required."""
        return Share(len(self.right), len(self.required))

    @property
    def precision(self) -> Share:
        """Right of right and wrong."""
        return Share(len(self.right), len(self.right) + len(self.wrong))
