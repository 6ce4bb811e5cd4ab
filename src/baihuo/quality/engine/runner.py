"""One run over both tables: products whole, then events, one range of days after the other."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from baihuo.core import Progress
from baihuo.engine import Source, Tables
from baihuo.quality.checks.near_duplicates.checks import MERGED, write_merged
from baihuo.quality.counts import StepCount
from baihuo.quality.engine.day_ranges import DayRange
from baihuo.quality.engine.erasure import removed_counts
from baihuo.quality.engine.journal import Journal
from baihuo.quality.engine.learned_thresholds import learned_thresholds
from baihuo.quality.engine.options import CleanOptions
from baihuo.quality.engine.outputs import (
    count_days,
    count_findings,
    verify_counts,
    write_findings,
    write_parts,
    write_quarantine,
    write_table,
)
from baihuo.quality.engine.partitions import (
    CheckedRange,
    RangePlan,
    merge_messages,
    range_files,
    sum_counts,
    sum_days,
)
from baihuo.quality.engine.planning import RunPlan, plan_run, raw_files
from baihuo.quality.engine.rounds import Messages, Rounds
from baihuo.quality.engine.steps import EVENT_STEP_NAMES, every_check, steps_of, whole_log_steps
from baihuo.quality.engine.thresholds import NO_LOG, evaluate_thresholds
from baihuo.quality.engine.window import count_slots, select_window
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.promise.limits import PromiseResult
from baihuo.quality.report.report import QualityReport
from baihuo.quality.rules import QualityRules
from baihuo.quality.spec import CheckContext, On


@dataclass
class CheckRun:
    """Everything one run reads and decides by."""

    tables: Tables
    rules: QualityRules
    context: CheckContext
    journal: Journal
    options: CleanOptions
    progress: Progress

    def all_steps(self) -> QualityReport:
        """Check everything into the journal's folder, and report what came of it."""
        work = self.journal.work
        messages = Messages(failed=list(self.options.custom.failed))
        if not self._has_log:
            messages.not_checked.append(f"events: {NO_LOG}")
        if self.rules.skip:
            messages.not_checked.append(f"turned off in quality.yaml: {', '.join(self.rules.skip)}")
        products = self._check_products(messages)
        self.context = replace(
            self.context,
            products=work / "products.parquet",
            merged=work / MERGED,
            shared=work / "shared",
        )
        plan = self._check_events(messages)
        files = [range_files(self._folder_of(p.name), p.name) for p in plan.partitions]
        whole_log = self._check_whole_log([clean for clean, _, _ in files], messages)
        self.progress("writing", 1, 3)
        parts: dict[On, list[Path]] = {
            "products": list(products.parts),
            "events": [*(findings for _, _, findings in files), *whole_log.parts],
        }
        checks = every_check(self.options.custom)
        write_findings(self.tables, parts, checks, work / "findings.parquet")
        quarantines = [quarantine for _, quarantine, _ in files]
        write_quarantine(self.tables, quarantines, work / "quarantine_events.parquet")
        self.progress("writing", 2, 3)
        event_counts = self._verify_counts(products, plan, files)
        plan.save(work)
        counts = (*products.counts, *event_counts, *whole_log.counts)
        clean = [path for path, _, _ in files]
        learned = learned_thresholds(self.tables, self.rules, clean, work)
        messages.not_checked += learned.not_checked
        return self._report(counts, parts, plan, messages, learned)

    def _report(
        self,
        counts: tuple[StepCount, ...],
        parts: dict[On, list[Path]],
        plan: RangePlan,
        messages: Messages,
        learned: PromiseResult,
    ) -> QualityReport:
        rules, custom = self.rules, self.options.custom.version
        refused, withheld = self.options.refused, self.options.withheld
        failed = list(dict.fromkeys(messages.failed))
        names = {file.import_id: file.name for file in self.options.files}
        checks = every_check(self.options.custom)
        findings = count_findings(self.tables, parts, checks, names)
        not_checked = [*messages.not_checked, *(f"own: {message}" for message in failed)]
        return QualityReport(
            rules_version=f"{rules.rules_version}+{custom}" if custom else rules.rules_version,
            owner=rules.owner,
            note=rules.note,
            version=rules.version,
            checked_at_us=self.context.now_us,
            steps=counts,
            findings=findings,
            limits=evaluate_thresholds(
                counts,
                rules,
                failed,
                refused=refused,
                withheld=withheld,
                findings=findings,
                has_log=self._has_log,
                learned=learned,
            ),
            days=sum_days(plan.partitions),
            not_checked=tuple(dict.fromkeys(not_checked)),
            looked_at=tuple(dict.fromkeys(messages.looked_at)),
            refused=refused,
            withheld=withheld,
            files=self.options.files,
        ).named()

    @property
    def _has_log(self) -> bool:
        """Whether events came in at all, though every one of them may be unusable."""
        return bool(raw_files(self.context.raw_events)) or n_rows(self.context.raw_events) > 0

    # --- the three parts ----------------------------------------------------------------------

    def _check_products(self, messages: Messages) -> FindingsStore:
        work = self.journal.work
        waived = self.options.overrides.waived.get("products")
        findings = FindingsStore(
            self.tables, "products", self.context.raw_products, work, waived=waived
        )
        rounds = self._rounds("products", messages)
        rounds.run(steps_of("products", self.options), findings, self.context)
        write_table(findings, work / "products.parquet", work / "quarantine_products.parquet")
        write_merged(findings)
        return findings

    def _check_events(self, messages: Messages) -> RangePlan:
        """Check every range of days that has to be; the others stay as they were."""
        run_plan = plan_run(self.tables, self.rules, self.context, self.options, self.journal.work)
        ranges, invalid = run_plan.ranges, run_plan.invalid
        self.context = replace(self.context, begins_day=run_plan.saved.begins_day)
        before = RangePlan.load(self.context.out)
        checked_before = {p.name: p for p in before.partitions} if before else {}
        if len(invalid) < len(ranges):
            self.progress(f"{len(ranges) - len(invalid)} ranges of days stay as they were", 1, 1)
        checked: list[CheckedRange] = []
        for day_range in ranges:
            if day_range.name not in invalid:
                checked.append(checked_before[day_range.name])
                continue
            key = f"range {day_range.name}"
            if key not in self.journal.done:
                done = self._check_range(day_range, run_plan, messages)
                self.journal.note(key, checked=asdict(done))
            # only then: a run that is killed before has all rounds of the range to go on from
            shutil.rmtree(self.journal.work / day_range.name, ignore_errors=True)
            checked.append(CheckedRange.from_json(self.journal.done[key]["checked"]))
        names = [c.name for c in checked]
        messages.not_checked += merge_messages([c.not_checked for c in checked], names)
        messages.failed += merge_messages([c.failed for c in checked], names)
        return replace(run_plan.saved, partitions=tuple(checked))

    def _check_range(
        self, day_range: DayRange, run_plan: RunPlan, messages: Messages
    ) -> CheckedRange:
        work = self.journal.work / day_range.name
        work.mkdir(exist_ok=True)
        raw, overlap = select_window(self.tables, self.context.raw_events, day_range, work)
        waived = self.options.overrides.waived.get("events")
        findings = FindingsStore(self.tables, "events", raw, work, waived=waived, overlap=overlap)
        earlier = run_plan.ranges[: run_plan.ranges.index(day_range)]
        history = tuple(range_files(self._folder_of(r.name), r.name)[0] for r in earlier)
        of_range = Messages(looked_at=messages.looked_at)
        rounds = self._rounds(_label(day_range, run_plan), of_range, prefix=f"{day_range.name} ")
        context = replace(self.context, history=history)
        rounds.run(steps_of("events", self.options), findings, context)
        clean, quarantine, found = range_files(self.journal.work, day_range.name)
        clean.parent.mkdir(exist_ok=True)
        quarantine.parent.mkdir(exist_ok=True)
        write_table(findings, clean, quarantine)
        write_parts(findings, found)
        counted, inputs = findings.counted("raw")
        return CheckedRange(
            first_day=day_range.first_day,
            slots=count_slots(self.tables, findings.raw, counted, **inputs),
            counts=tuple(findings.counts),
            days=count_days(findings),
            not_checked=tuple(dict.fromkeys(of_range.not_checked)),
            failed=tuple(dict.fromkeys(of_range.failed)),
            waits=self._has_finding(found, "not_yet"),
            n_rounds=findings.n_rounds,
        )

    def _check_whole_log(self, clean: list[Path], messages: Messages) -> FindingsStore:
        """Run the steps that read all days at once, and only note."""
        after = max((p["n_rounds"] for p in self._ranges_done()), default=0)
        findings = FindingsStore(self.tables, "events", clean, self.journal.work, after_round=after)
        rounds = self._rounds("events, all days", messages)
        rounds.run(whole_log_steps(), findings, self.context)
        return findings

    # --- what the parts share -----------------------------------------------------------------

    def _rounds(self, label: str, messages: Messages, prefix: str = "") -> Rounds:
        return Rounds(
            rules=self.rules,
            journal=self.journal,
            progress=self.progress,
            messages=messages,
            label=label,
            prefix=prefix,
        )

    def _verify_counts(
        self, products: FindingsStore, plan: RangePlan, files: list[tuple[Path, Path, Path]]
    ) -> tuple[StepCount, ...]:
        """The counts of events, all ranges together, once they agree with the written files."""
        work = self.journal.work
        written: tuple[Source, Source] = (
            work / "products.parquet",
            work / "quarantine_products.parquet",
        )
        verify_counts("products", products.n_in, products.counts, *written)
        counts = sum_counts(plan.partitions, EVENT_STEP_NAMES)
        n_in = n_rows(self.context.raw_events)
        clean, quarantine = [c for c, _, _ in files], [q for _, q, _ in files]
        verify_counts("events", n_in, counts, clean, quarantine)
        return (*removed_counts(n_in, self.options.removed), *counts)

    def _folder_of(self, name: str) -> Path:
        """Where a range's files are: in this run's folder if it checks the range, else where they were."""
        work = self.journal.work
        return work if range_files(work, name)[2].exists() else self.context.out

    def _ranges_done(self) -> list[dict[str, Any]]:
        done = [
            result["checked"]
            for key, result in self.journal.done.items()
            if key.startswith("range ")
        ]
        before = RangePlan.load(self.context.out)
        return [*done, *(asdict(p) for p in (before.partitions if before else ()))]

    def _has_finding(self, findings: Path, check: str) -> bool:
        count = f"SELECT count(*) AS n FROM findings WHERE rule = '{check}'"
        return bool(self.tables.sql(count, out=None, findings=findings)["n"][0].as_py())


def _label(day_range: DayRange, run_plan: RunPlan) -> str:
    """The range in the progress line."""
    if len(run_plan.ranges) == 1:
        return "events"
    todo = [r for r in run_plan.ranges if r.name in run_plan.invalid]
    return f"events from {day_range.name} ({todo.index(day_range) + 1} of {len(todo)})"
