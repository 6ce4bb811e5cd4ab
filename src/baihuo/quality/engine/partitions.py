"""The ranges of days as they were checked last: their files, their counts, and ``plan.json``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from baihuo.core import EVENTS_FOLDER
from baihuo.engine import sync, written_whole
from baihuo.quality.counts import Day, StepCount
from baihuo.quality.engine.day_ranges import date_text

SCHEMA_VERSION = 3
FOLDER = "partitions"
"""What is kept of each range in addition to its clean events: findings, quarantine, and ``plan.json``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRange:
    """What is known of a range that was checked."""

    first_day: int
    slots: dict[int, int]  # raw rows by half day
    counts: tuple[StepCount, ...]
    days: tuple[Day, ...]
    not_checked: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    waits: bool = False  # some rows were not yet due when it was checked
    n_rounds: int = 0  # that its steps took

    @property
    def name(self) -> str:
        return date_text(self.first_day)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> CheckedRange:
        """As ``plan.json`` and the journal hold it."""
        return cls(
            first_day=body["first_day"],
            slots={int(slot): n for slot, n in body["slots"].items()},
            counts=tuple(StepCount(**c) for c in body["counts"]),
            days=tuple(Day(**d) for d in body["days"]),
            not_checked=tuple(body["not_checked"]),
            failed=tuple(body["failed"]),
            waits=body["waits"],
            n_rounds=body["n_rounds"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RangePlan:
    """``plan.json``: the ranges as they were checked last, and by and over what."""

    fingerprint: str  # of the rules, the code and the settings that all ranges were checked by
    files: dict[str, str] = field(default_factory=dict)  # raw file → its fingerprint
    decided: tuple[str, ...] = ()  # what people decided about single rows
    erased: tuple[str, ...] = ()
    begins_day: int | None = None  # the log's first day, as :func:`log_start_day` finds it
    partitions: tuple[CheckedRange, ...] = ()

    @classmethod
    def load(cls, out: Path) -> RangePlan | None:
        """The plan of the last run that ended; None where none did, or where files of it are missing."""
        path = out / FOLDER / "plan.json"
        if not path.exists() or not (out / "report.json").exists():
            return None
        try:
            body = json.loads(path.read_bytes())
            if body["schema_version"] != SCHEMA_VERSION:
                return None
            plan = cls(
                fingerprint=body["fingerprint"],
                files=body["files"],
                decided=tuple(body["decided"]),
                erased=tuple(body["erased"]),
                begins_day=body["begins_day"],
                partitions=tuple(CheckedRange.from_json(p) for p in body["partitions"]),
            )
        except (ValueError, KeyError, TypeError):
            return None
        is_whole = all(path.exists() for p in plan.partitions for path in range_files(out, p.name))
        return plan if is_whole else None

    @staticmethod
    def names(out: Path) -> tuple[str, ...]:
        """The ranges whose files belong into a folder."""
        body = json.loads((out / FOLDER / "plan.json").read_bytes())
        return tuple(date_text(p["first_day"]) for p in body["partitions"])

    def save(self, work: Path) -> None:
        """Next to the ranges' files."""
        with written_whole(work / FOLDER / "plan.json") as part:
            body = {"schema_version": SCHEMA_VERSION, **asdict(self)}
            part.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", "utf-8")


def range_files(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """A range's clean events, its quarantine and its findings."""
    kept = folder / FOLDER
    return (
        folder / EVENTS_FOLDER / f"{name}.parquet",
        kept / f"{name}.quarantine.parquet",
        kept / f"{name}.findings.parquet",
    )


def move_ranges(work: Path, out: Path) -> None:
    """Move the ranges' files from the working folder to ``out``; those of ranges that are no more go."""
    for folder in (EVENTS_FOLDER, FOLDER):
        (out / folder).mkdir(exist_ok=True)
        for path in sorted((work / folder).glob("*")) if (work / folder).exists() else ():
            sync(path)
            path.replace(out / folder / path.name)
        sync(out / folder)
    kept = {path for name in RangePlan.names(out) for path in range_files(out, name)}
    for folder in (EVENTS_FOLDER, FOLDER):
        for path in (out / folder).glob("*.parquet"):
            if path not in kept:
                path.unlink()


def sum_counts(checked: Sequence[CheckedRange], order: Sequence[str]) -> tuple[StepCount, ...]:
    """The counts of all ranges together, one for each step of ``order`` that any of them took."""
    by_step: dict[str, list[StepCount]] = {}
    for count in (count for c in checked for count in c.counts):
        by_step.setdefault(count.step, []).append(count)
    n_left = sum(c.counts[0].n_in for c in checked if c.counts)
    totals = []
    for step in (name for name in order if name in by_step):
        counts = by_step[step]
        n_quarantined = sum(c.n_quarantined for c in counts)
        n_merged = sum(c.n_merged for c in counts)
        n_erased = sum(c.n_erased for c in counts)
        n_in, n_left = n_left, n_left - n_quarantined - n_merged - n_erased
        n_repaired, n_noted = sum(c.n_repaired for c in counts), sum(c.n_noted for c in counts)
        totals.append(
            StepCount(
                step,
                counts[0].table,
                n_in,
                n_left,
                n_quarantined,
                n_merged,
                n_repaired,
                n_erased,
                n_noted,
            )
        )
    return tuple(totals)


def sum_days(checked: Sequence[CheckedRange]) -> tuple[Day, ...]:
    """Events by the day we received them, of all ranges together."""
    totals: dict[str, Day] = {}
    for day in (day for c in checked for day in c.days):
        total = totals.get(day.day, Day(day.day, 0, 0, 0))
        totals[day.day] = Day(
            day.day,
            total.n_kept + day.n_kept,
            total.n_quarantined + day.n_quarantined,
            total.n_merged + day.n_merged,
            total.n_erased + day.n_erased,
        )
    return tuple(totals[day] for day in sorted(totals))


def merge_messages(messages: Sequence[tuple[str, ...]], names: Sequence[str]) -> tuple[str, ...]:
    """What the ranges say, each message once; one of some ranges only, with their names."""
    ranges: dict[str, list[str]] = {}
    for name, of_range in zip(names, messages, strict=True):
        for message in of_range:
            ranges.setdefault(message, []).append(name)
    return tuple(
        message if len(where) == len(names) else f"{message} (events from {', '.join(where[:5])})"
        for message, where in ranges.items()
    )
