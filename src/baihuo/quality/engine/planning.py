"""What a run has to do: the ranges of days there are, and those that must be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from baihuo.engine import Source, Tables
from baihuo.quality.checks.event_sequence import checks as event_sequence
from baihuo.quality.engine import invalidation
from baihuo.quality.engine.day_ranges import DayRange, day_ranges, log_start_day, plan_first_days
from baihuo.quality.engine.journal import file_mark, fingerprint
from baihuo.quality.engine.options import CleanOptions
from baihuo.quality.engine.partitions import RangePlan
from baihuo.quality.engine.window import count_slots
from baihuo.quality.findings import n_rows
from baihuo.quality.rules import QualityRules
from baihuo.quality.spec import CheckContext


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """All ranges of days, the names of those to check, and the plan to save, still without ranges."""

    ranges: tuple[DayRange, ...]
    invalid: set[str]
    saved: RangePlan


def plan_run(
    tables: Tables, rules: QualityRules, context: CheckContext, options: CleanOptions, work: Path
) -> RunPlan:
    """Compare what there is with the plan of the last run, and name the ranges that must be checked."""
    files = raw_files(context.raw_events)
    names = [f.name for f in files]
    if len(set(names)) < len(names):
        names = [str(f.resolve()) for f in files]
    marks = {name: file_mark(path) for name, path in zip(names, files, strict=True)}
    plan = RangePlan(
        fingerprint=_fingerprint(rules, context, options),
        files=marks,
        decided=invalidation.decisions(options.overrides),
        erased=tuple(sorted(set(options.erased))),
    )
    before = None if options.is_full else RangePlan.load(context.out)
    if (
        before is None
        or before.fingerprint != plan.fingerprint
        or not _is_known(before.files, marks, options.rewritten)
    ):
        slots = count_slots(tables, context.raw_events)
        ranges = day_ranges(plan_first_days((), slots, rows=options.partition_rows))
        saved = replace(plan, begins_day=log_start_day(slots))
        return RunPlan(ranges=ranges, invalid={r.name for r in ranges}, saved=saved)
    new = [path for name, path in zip(names, files, strict=True) if name not in before.files]
    new_slots = count_slots(tables, new) if new else {}
    slots = dict(new_slots)
    for slot, n in (item for p in before.partitions for item in p.slots.items()):
        slots[slot] = slots.get(slot, 0) + n
    if (
        not before.files.items() <= marks.items()
    ):  # some files lost rows: what saw them must be checked again
        left = count_slots(tables, context.raw_events)
        new_slots |= {
            slot: n - left.get(slot, 0) for slot, n in slots.items() if left.get(slot) != n
        }
        slots = left
    first_days = [p.first_day for p in before.partitions]
    ranges = day_ranges(plan_first_days(first_days, slots, rows=options.partition_rows))
    plan = replace(plan, begins_day=log_start_day(slots))
    invalid = invalidation.by_rows(before, ranges, slots, new_slots)
    invalid |= invalidation.by_beginning(
        ranges,
        before.begins_day,
        plan.begins_day,
        returns_days=rules.section(event_sequence.STEP).returns_days,
    )
    if n_rows(context.raw_products) > 0:
        valid = [r for r in ranges if r.name not in invalid]
        invalid |= invalidation.by_catalogue(tables, context, valid, work=work)
    invalid |= invalidation.by_people(
        tables,
        ranges,
        raw=context.raw_events,
        decided=set(plan.decided) ^ set(before.decided),
        erased=set(plan.erased) ^ set(before.erased),
    )
    if new:
        valid = [r for r in ranges if r.name not in invalid]
        invalid |= invalidation.by_history(tables, context.out, valid, new=new)
    return RunPlan(ranges=ranges, invalid=invalid, saved=plan)


def _is_known(
    before: Mapping[str, str], marks: Mapping[str, str], rewritten: Mapping[str, str]
) -> bool:
    """Whether every file that was there is as it was, or only lost rows since."""
    return all(
        name in marks and marks[name] in (mark, rewritten.get(name))
        for name, mark in before.items()
    )


def raw_files(raw: Source) -> list[Path]:
    """The files of a source; none where it is a table in memory."""
    return raw if isinstance(raw, list) else [raw] if isinstance(raw, Path) else []


def _fingerprint(rules: QualityRules, context: CheckContext, options: CleanOptions) -> str:
    """Of everything that the verdict on any row may depend on; a change makes all ranges invalid."""
    return fingerprint(
        [],
        rules.model_dump_json(),
        options.custom.version,
        context.mask_key.hex(),
        context.absent_consent,
        str(options.partition_rows),
        str(n_rows(context.raw_products) > 0),
    )
