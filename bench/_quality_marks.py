"""Findings held against what was planted; the rules are in the docstring of ``bench/quality.py``."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TypeAlias

from _quality_ground import Finding
from baihuo.faults.dataset import Dataset, Row
from baihuo.quality.registry import OF
from baihuo.quality.spec import Check

Place: TypeAlias = "tuple[str, int]"
"""(table, line)."""

BEFORE_US = 7_200_000_000  # so long before a hole a finding may point to be one of it


@dataclass(frozen=True)
class Mark:
    """What became of one check's exam."""

    check: str
    precision: float
    recall: float
    n_planted: int
    n_found: int
    n_excused: int
    missed: set[Place] = field(default_factory=set)
    wrong: set[Place] = field(default_factory=set)


class Marks:
    """The truth by check, less what follows from the order of the steps."""

    def __init__(self, dataset: Dataset, rows: dict[str, list[Row]], found: list[Finding]) -> None:
        self._rows = rows
        place = {id(row): (t, row["line"]) for t in rows for row in rows[t]}
        self.truth: dict[Place, set[str]] = defaultdict(set)
        self.also: dict[Place, set[str]] = defaultdict(set)
        for said, into in ((dataset.truth, self.truth), (dataset.excused, self.also)):
            for _, row, check in said:
                into[place[id(row)]].add(check)
        self._on: dict[tuple[Place, str], set[Place]] = defaultdict(set)
        for row, check, others in dataset.depends:
            if id(row) in place:
                self._on[place[id(row)], check] |= {place[id(o)] for o in others if id(o) in place}
        holes = [
            (check, place[id(row)], *times)
            for row, check, *times in dataset.gaps
            if id(row) in place
        ]
        self.found: dict[Place, dict[str, str]] = defaultdict(dict)
        for table, line, check, action in found:
            row = rows[table][line - 1]  # its clock may be planted wrong: ours tells as well
            at_us = [row.get(name) or 0 for name in ("occurred_at_us", "received_at_us")]
            pins = (
                p
                for c, p, start, end in holes
                if c == check and any(start - BEFORE_US <= at < end for at in at_us)
            )
            self.found[next(pins, (table, line))][check] = action
        self._step = {c.name: c.step for c in _in_order()}
        self._order = {(c.on, c.name): n for n, c in enumerate(_in_order())}
        self._gone = {p: at for p in self.found if (at := self._taken_at(p)) is not None}
        _follow(set(self._gone), self.found, rows, self.also)

    def of(self, check: str) -> Mark:
        got = {p for p, checks in self.found.items() if check in checks}
        planted = {p for p, checks in self.truth.items() if check in checks}
        wanted = {p for p in planted if p in got or not self._is_excused(p, check)}
        wrong = {p for p in got - wanted if check not in self.also[p]}
        right = got & wanted
        return Mark(
            check=check,
            precision=len(right) / max(len(right) + len(wrong), 1),
            recall=len(right) / max(len(wanted), 1),
            n_planted=len(wanted),
            n_found=len(got),
            n_excused=len(planted - wanted),
            missed=wanted - got,
            wrong=wrong,
        )

    def n_several(self) -> int:
        """Rows in which dirt of more than one kind was planted."""
        return sum(len(checks) > 1 for checks in self.truth.values())

    def _at(self, place: Place, check: str) -> int:
        return self._order.get((place[0], check), -1)

    def _right(self, place: Place, *but: str) -> dict[str, str]:
        known = self.truth[place] | self.also[place]
        return {c: a for c, a in self.found[place].items() if c in known and c not in but}

    def _taken_at(self, place: Place) -> int | None:
        """Where in the order a check that is right about the row took it out."""
        at = [
            self._at(place, c)
            for c, a in self._right(place).items()
            if a in ("quarantine", "merge")
        ]
        return min(at, default=None)

    def _is_excused(self, place: Place, check: str) -> bool:
        """Whether an earlier step rightly took the row, or took or changed one that it depends on; or
        another check of the same step rightly mended the row."""
        at = self._at(place, check)
        if place in self._gone and self._gone[place] < at:
            return True
        if any(
            action == "repair" and self._step.get(c) == self._step.get(check)
            for c, action in self._right(place, check).items()
        ):
            return True
        return any(
            action != "note" and self._at(other, c) < at
            for other in self._on[place, check]
            for c, action in self._right(other, check).items()
        )

    def tell(self, mark: Mark) -> None:
        """A few rows that were got wrong, with what else is known of them."""
        for what, its in (("missed", mark.missed), ("wrong", mark.wrong)):
            for place in random.Random(0).sample(sorted(its), min(4, len(its))):
                table, line = place
                row = {
                    k: v for k, v in self._rows[table][line - 1].items() if v not in (None, [], "")
                }
                planted, found = sorted(self.truth[place]), self.found[place]
                print(
                    f"    {mark.check} {what}: planted {planted}, found {found}: {str(row)[:600]}"
                )


def _in_order() -> list[Check]:
    return [
        check
        for table in ("products", "events")
        for step in OF[table]
        for check in step.checks
        if check.on == table
    ]


def _follow(
    gone: set[Place],
    found: dict[Place, dict[str, str]],
    rows: dict[str, list[Row]],
    also: dict[Place, set[str]],
) -> None:
    """Rule 3: what follows from rows that rightly left, or were rightly pointed elsewhere."""
    products = {r["product_id"] for r in rows["products"] if ("products", r["line"]) in gone}
    there = {r["product_id"] for r in rows["products"] if ("products", r["line"]) not in gone}
    lost = products - there
    bought, pages = set(), set()
    for row in rows["events"]:
        place = ("events", row["line"])
        if place in gone:
            bought.add((row["visitor_id"], row["product_id"]))
        if row["product_id"] in lost:
            also[place] |= {"unknown_product", "merged_product"}
        if found[place].keys() & {"merged_product"} and row["query_id"]:
            pages.add(row["query_id"])
    for row in rows["events"]:
        place = ("events", row["line"])
        if (row["visitor_id"], row["product_id"]) in bought:
            also[place] |= {
                "cancel_without_purchase",
                "cancel_of_earlier_purchase",
                "purchase_before_view",
            }
        if row["query_id"] in pages:  # it may have shown the listing that the other went into, too
            also[place].add("product_twice")
