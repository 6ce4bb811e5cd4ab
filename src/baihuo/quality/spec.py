"""What a group of checks is made of: checks, what they may look at, and what they find.

A check is a name, what it does with a row, and words a person can act on. A step is a group of
checks that look at the same thing, with the SELECTs that find their rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Literal, TypeAlias, TypeVar

from baihuo.engine import Source
from baihuo.quality.engine.findings import FindingsStore, On
from baihuo.quality.examples import example_of
from baihuo.quality.limits import Limits

__all__ = ["Action", "Check", "CheckContext", "CheckResult", "Detector", "On", "Step", "describe"]

Action: TypeAlias = Literal["quarantine", "merge", "repair", "note", "erase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One reason to touch a row.

    A check of one row alone is wholly data: ``predicate`` is its SQL, with ``{setting}`` standing for a
    setting of its step. Checks that compare rows have no ``predicate``; their SQL is in the step's file.

    Repairs of one row put ``replacement`` (SQL, NULL if not given: "not known") in place of ``field``;
    but where the field is the point of the event (the dwell of a ``dwell``), listed in
    ``fatal_for``, a row without it says nothing and goes to quarantine.
    """

    name: str
    step: str
    on: On
    action: Action
    why: str  # completes "this row was touched because …"
    fix: str  # what to do at the source
    example: str = ""  # of a custom check; those of ours are made: see baihuo.quality.examples
    version: str = "1"  # raised whenever the rule's meaning changes
    predicate: str | None = None
    field: str | None = None
    replacement: str = "NULL"
    fatal_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What a step may look at besides the rows of its own table."""

    now_us: int  # our clock, µs UTC
    tolerance_ms: int  # of the whole log, order.tolerance_ms: its clients reorder by so much
    raw_events: Source
    raw_products: Source
    products: Path | None = None  # the clean catalogue; None while products are being checked
    merged: Path | None = None  # which of them went into which other
    shared: Path | None = None  # a folder for what is made once for all ranges of days
    history: tuple[Path, ...] = ()  # clean events of earlier ranges of days, the last seen too
    pictures: Path | None = None  # the folder that relative paths of pictures start at
    begins_day: int | None = None  # that the whole log begins on, since 1970; None: it is empty
    out: Path  # where the last run left its files, until this one replaces them
    mask_key: bytes = b""  # of the shop's pseudonyms; empty: personal data is named by kind only


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A step's answer: SELECTs of :data:`baihuo.quality.engine.findings.FINDING_COLUMNS` and what they read."""

    selects: list[str] = field(default_factory=list)
    inputs: Mapping[str, Source] = field(default_factory=dict)
    not_checked: tuple[str, ...] = ()  # "purchase_before_view: this log holds no views"
    looked_at: tuple[str, ...] = ()  # "pictures: 5,012 opened": what no finding says
    failed: tuple[str, ...] = ()  # checks that broke: the shop's own may


Settings = TypeVar("Settings", bound=Limits)
Detector: TypeAlias = Callable[[FindingsStore, Settings, CheckContext], CheckResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[Settings]):
    """Checks that run together. Several detectors are rounds: each sees what the one before left."""

    name: str  # its section in quality.yaml
    settings: type[Settings]  # what that section is read as, and what each find gets
    checks: tuple[Check, ...]
    detectors: tuple[Detector[Settings], ...]
    is_whole: bool = False  # of events: looks at all ranges of days at once, last, and only notes

    def is_on(self, table: On) -> bool:
        """Whether it has a check for that table."""
        return any(check.on == table for check in self.checks)


def describe(check: Check) -> str:
    """The check in words: what, why, how to fix it, and an example where it has one.

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
    if example := check.example or example_of(check.name):
        lines.append(f"  example: {example}")
    if check.predicate:
        lines.append(f"  rule: {check.predicate}")
    return "\n".join(lines)
