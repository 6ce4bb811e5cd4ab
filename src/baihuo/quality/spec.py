"""A group of checks: the checks, the context that they get, and the findings that they return.

A check is a name, what it does with a row, and a reason and a fix for a person. A step is a group of
checks that look at the same thing, with the detectors that find their rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import yaml

from baihuo.core import Consent
from baihuo.engine import Source
from baihuo.quality.accepted import Verdict
from baihuo.quality.contracts.contract import Entry
from baihuo.quality.findings import FindingsStore, On
from baihuo.quality.limits import Limits

__all__ = ["Action", "Check", "CheckContext", "CheckResult", "Detector", "On", "Step", "describe"]

Action: TypeAlias = Literal["quarantine", "merge", "repair", "note", "erase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One reason to change a row, or to note something about it.

    A check of one row alone is wholly data: ``predicate`` is its SQL, with ``{setting}`` standing for a
    setting of its step. Checks that compare rows have no ``predicate``; their SQL is next to the step's detectors.

    Repairs of one row put ``replacement`` (SQL, NULL if not given: "not known") in place of ``field``;
    but an event of a type in ``fatal_for`` says nothing without the field (a ``dwell`` without its dwell),
    and goes to quarantine.
    """

    name: str
    step: str
    on: On
    action: Action
    why: str  # completes "this row was touched because …"
    fix: str  # what to do at the source
    example: str = ""  # of a custom check; those of ours are made by `baihuo docs examples`
    version: str = "1"  # raised whenever the rule's meaning changes
    predicate: str | None = None
    field: str | None = None
    replacement: str = "NULL"
    fatal_for: tuple[str, ...] = ()
    contract: Entry | None = None  # what finds its rows, if a template does
    one_per: tuple[str, ...] = ()
    """Fields of ``detail`` that say whose a row is, where one fault has many rows: one bot is one finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What a step may read besides the rows of its table."""

    now_us: int  # our clock, µs UTC
    tolerance_ms: int  # order.tolerance_ms: clients send events out of order by up to so much
    raw_events: Source
    raw_products: Source
    products: Path | None = None  # the clean catalogue; None while products are being checked
    merged: Path | None = None  # which of them went into which other
    shared: Path | None = None  # a folder for files that are made once for all ranges of days
    history: tuple[Path, ...] = ()  # clean events of earlier ranges of days, in order
    pictures: Path | None = None  # the folder that relative paths of pictures start at
    begins_day: int | None = None  # first day of the whole log, since 1970; None: it is empty
    out: Path  # the output folder: the last run's files, until this run replaces them
    absent_consent: Consent = "granted"  # what an event that says nothing means
    mask_key: bytes = b""  # of the shop's pseudonyms; empty: personal data is named by kind only
    skipped: frozenset[str] = frozenset()  # checks that quality.yaml turns off
    accepted: tuple[Verdict, ...] = ()  # notes about groups that people accepted

    def runs(self, *checks: str) -> bool:
        """Whether any of these checks is on: work for none of them is not done."""
        return not self.skipped.issuperset(checks)

    def running(self, checks: Iterable[Check]) -> tuple[Check, ...]:
        """Those of the checks that are on."""
        return tuple(check for check in checks if check.name not in self.skipped)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a detector found: SELECTs of :data:`baihuo.quality.findings.FINDING_COLUMNS` and their inputs."""

    selects: list[str] = field(default_factory=list)
    inputs: Mapping[str, Source] = field(default_factory=dict)
    not_checked: tuple[str, ...] = ()  # "purchase_before_view: this log holds no views"
    looked_at: tuple[str, ...] = ()  # "pictures: 5,012 opened": work that leaves no finding
    failed: tuple[str, ...] = ()  # custom checks that could not be run


Settings = TypeVar("Settings", bound=Limits)
Detector: TypeAlias = Callable[[FindingsStore, Settings, CheckContext], CheckResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[Settings]):
    """Checks that run together. Each detector is a round: it sees what the one before left."""

    name: str  # its section in quality.yaml
    settings: type[Settings]  # the type of that section; each detector gets it
    checks: tuple[Check, ...]
    detectors: tuple[Detector[Settings], ...]
    is_about_dirt: bool = True  # what it takes out counts towards max_quarantined
    is_whole: bool = False  # of events: reads all ranges of days at once, last, and only notes
    finds: Mapping[Detector[Settings], tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Detectors that are for some of the checks alone; where all of these are turned off, or of the other table, they do not run."""

    def is_on(self, table: On) -> bool:
        """Whether it has a check for that table."""
        return any(check.on == table for check in self.checks)

    def runs(self, detect: Detector[Settings], table: On, skipped: frozenset[str]) -> bool:
        """Whether a detector has a check of that table that is not turned off."""
        of_table = {check.name for check in self.checks if check.on == table}
        return not skipped >= of_table.intersection(self.finds.get(detect, of_table))


def describe(check: Check) -> str:
    """The check as text: its action, why, how to fix it, and an example where it has one.

    >>> print(describe(Check(name="x", step="schema", on="events", action="note", why="w", fix="m")))
    x  (schema, on events, version 1)
      action: note
      why: w
      fix: m
    """
    action: str = check.action
    if check.fatal_for:
        action += f" (quarantine for {', '.join(check.fatal_for)})"
    lines = [
        f"{check.name}  ({check.step}, on {check.on}, version {check.version})",
        f"  action: {action}",
        f"  why: {check.why}",
        f"  fix: {check.fix}",
    ]
    if example := check.example or _example_of(check.name):
        lines.append(f"  example: {example}")
    if check.predicate:
        lines.append(f"  rule: {check.predicate}")
    return "\n".join(lines)


def _example_of(check: str) -> str:
    """One check's example in words: a row as it came in, what was found in it, and what became of it.

    Empty of a check without one.
    """
    example = _examples().get(check)
    if example is None:
        return ""
    lines = [f"a row came in as {_words(example['row'])}"]
    if example["found"]:
        lines.append(f"found: {_words(example['found'])}")
    return "\n           ".join([*lines, f"action: {example['action']}"])


@cache
def _examples() -> dict[str, Any]:
    examples: dict[str, Any] = {}
    for file in sorted(Path(__file__).parent.glob("checks/*/examples.yaml")):
        examples |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return examples


def _words(cells: dict[str, Any]) -> str:
    """
    >>> _words({"event_type": "purchase", "price_minor": -5, "query_id": None, "codes": ["1", "2"]})
    'event_type "purchase", price_minor -5, query_id null, codes ["1", "2"]'
    """
    return ", ".join(
        f"{name} {json.dumps(cell, ensure_ascii=False)}" for name, cell in cells.items()
    )
