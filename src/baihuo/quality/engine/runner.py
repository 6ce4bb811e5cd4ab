"""One run over both tables: products whole, then events a range of days after the other."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from baihuo.core.progress import Progress
from baihuo.core.shop_paths import EVENTS_FOLDER
from baihuo.engine import Source, Tables
from baihuo.quality.checks.event_sequence import checks as event_sequence
from baihuo.quality.checks.near_duplicates.checks import MERGED, write_merged
from baihuo.quality.counts import RefusedRows, StepCount
from baihuo.quality.custom import run
from baihuo.quality.custom.custom_checks import STEP_NAME, CustomChecks
from baihuo.quality.engine import erasure, invalidation
from baihuo.quality.engine.journal import Journal, file_mark, fingerprint
from baihuo.quality.engine.outputs import (
    days,
    findings,
    tallied,
    write_findings,
    write_parts,
    write_quarantine,
    write_table,
)
from baihuo.quality.engine.partitions import (
    FOLDER,
    CheckedRange,
    DayRange,
    RangePlan,
    begins_on,
    checked_of,
    days_of,
    files_of,
    planned,
    spans,
    summed,
    told,
)
from baihuo.quality.engine.thresholds import NO_LOG, judge
from baihuo.quality.engine.window import cut_out, slots_of
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.quarantine import overrides
from baihuo.quality.quarantine.overrides import Overrides
from baihuo.quality.registry import CHECKS, STEPS_BY_TABLE
from baihuo.quality.report.report import QualityReport
from baihuo.quality.rules import QualityRules
from baihuo.quality.spec import Check, CheckContext, On, Step

ORDERED = (*overrides.CHECKS, *erasure.CHECKS)
"""What people ordered for single rows or visitors: counted like checks, and no dirt."""


_ORDER = ("erasure", "readmitted", *(s.name for s in STEPS_BY_TABLE["events"]), STEP_NAME)


@dataclass
class CheckRun:
    """Everything one run reads and decides by."""

    tables: Tables
    rules: QualityRules
    given: CheckContext
    journal: Journal
    own: CustomChecks
    readmitted: Overrides
    erased: list[str]
    rows: int  # events in a range of days, about
    is_anew: bool  # all ranges, whatever was checked before
    progress: Progress
    refused: tuple[RefusedRows, ...] = ()  # at import

    def all_steps(self) -> QualityReport:
        """Check everything into the journal's folder, and say what came of it."""
        work, tables = self.journal.work, self.tables
        self.not_checked: list[str] = [] if self._has_log else [f"events: {NO_LOG}"]
        self.looked_at: list[str] = []
        self.failed = list(self.own.failed)
        catalogue = self._catalogue()
        self.given = replace(
            self.given,
            products=work / "products.parquet",
            merged=work / MERGED,
            shared=work / "shared",
        )
        plan = self._events()
        files = [files_of(self._place(p.name), p.name) for p in plan.partitions]
        whole = self._whole([clean for clean, _, _ in files])
        self.progress("writing", 1, 3)
        parts: dict[On, list[Path]] = {
            "products": list(catalogue.parts),
            "events": [*(found for _, _, found in files), *whole.parts],
        }
        write_findings(tables, parts, every_check(self.own), work / "findings.parquet")
        write_quarantine(
            tables, [taken for _, taken, _ in files], work / "quarantine_events.parquet"
        )
        self.progress("writing", 2, 3)
        counts = (*catalogue.counts, *self._tallied(catalogue, plan, files, whole))
        plan.save(work)
        own, failed = self.own.version, list(dict.fromkeys(self.failed))
        return QualityReport(
            rules_version=f"{self.rules.rules_version}+{own}" if own else self.rules.rules_version,
            owner=self.rules.owner,
            note=self.rules.note,
            version=self.rules.version,
            checked_at_us=self.given.now_us,
            steps=counts,
            findings=findings(tables, parts),
            limits=judge(counts, self.rules, failed, refused=self.refused, has_log=self._has_log),
            days=days_of(plan.partitions),
            not_checked=tuple(dict.fromkeys([*self.not_checked, *(f"own: {f}" for f in failed)])),
            looked_at=tuple(dict.fromkeys(self.looked_at)),
            refused=self.refused,
        ).named()

    @property
    def _has_log(self) -> bool:
        """Whether events came in at all, though every one of them may be unusable."""
        return bool(_files(self.given.raw_events)) or n_rows(self.given.raw_events) > 0

    # --- the three parts ----------------------------------------------------------------------

    def _catalogue(self) -> FindingsStore:
        work = self.journal.work
        waived = self.readmitted.waived.get("products")
        ledger = FindingsStore(
            self.tables, "products", self.given.raw_products, work, waived=waived
        )
        self.not_checked += self._take(self._steps("products"), ledger, "", "products")
        write_table(ledger, work / "products.parquet", work / "quarantine_products.parquet")
        write_merged(ledger)
        return ledger

    def _events(self) -> RangePlan:
        """Every range of days that has to be, checked; the others as they were."""
        all_spans, opened, plan = self._planned()
        self.given = replace(self.given, begins_day=plan.begins_day)
        before = RangePlan.load(self.given.out)
        was = {p.name: p for p in before.partitions} if before else {}
        todo = [span for span in all_spans if span.name in opened]
        if len(opened) < len(all_spans):
            self.progress(f"{len(all_spans) - len(opened)} ranges of days stay as they were", 1, 1)
        is_alone = len(all_spans) == 1
        checked: list[CheckedRange] = []
        for span in all_spans:
            if span.name not in opened:
                checked.append(was[span.name])
                continue
            label = (
                "events"
                if is_alone
                else f"events from {span.name} ({todo.index(span) + 1} of {len(todo)})"
            )
            key = f"range {span.name}"
            if key not in self.journal.done:
                done = self._range(span, all_spans, label)
                self.journal.note(key, checked=asdict(done))
            checked.append(checked_of(self.journal.done[key]["checked"]))
        names = [c.name for c in checked]
        self.not_checked += told([c.not_checked for c in checked], names)
        self.failed += told([c.failed for c in checked], names)
        return replace(plan, partitions=tuple(checked))

    def _range(self, span: DayRange, all_spans: tuple[DayRange, ...], label: str) -> CheckedRange:
        work = self.journal.work / span.name
        work.mkdir(exist_ok=True)
        raw, around = cut_out(self.tables, self.given.raw_events, span, work)
        ledger = FindingsStore(
            self.tables,
            "events",
            raw,
            work,
            waived=self.readmitted.waived.get("events"),
            around=around,
        )
        earlier = all_spans[: all_spans.index(span)]
        history = tuple(files_of(self._place(s.name), s.name)[0] for s in earlier)
        before, self.given = self.given, replace(self.given, history=history)
        failed, self.failed = self.failed, []
        not_checked = self._take(self._steps("events"), ledger, f"{span.name} ", label)
        clean, quarantine, found = files_of(self.journal.work, span.name)
        clean.parent.mkdir(exist_ok=True)
        quarantine.parent.mkdir(exist_ok=True)
        write_table(ledger, clean, quarantine)
        write_parts(ledger, found)
        own, inputs = ledger.own("raw")
        done = CheckedRange(
            first_day=span.first_day,
            slots=slots_of(self.tables, ledger.raw, own, **inputs),
            counts=tuple(ledger.counts),
            days=days(ledger),
            not_checked=tuple(dict.fromkeys(not_checked)),
            failed=tuple(dict.fromkeys(self.failed)),
            waits=self._has(found, "not_yet"),
            n_rounds=ledger.n_rounds,
        )
        self.given, self.failed = before, failed
        shutil.rmtree(work)  # its findings are written; windows are large
        return done

    def _whole(self, clean: list[Path]) -> FindingsStore:
        """What is looked at over all days at once, and only notes."""
        after = max((p["n_rounds"] for p in self._ranges_done()), default=0)
        ledger = FindingsStore(self.tables, "events", clean, self.journal.work, after_round=after)
        steps = [s for s in STEPS_BY_TABLE["events"] if s.is_whole]
        self.not_checked += self._take(steps, ledger, "", "events, all days")
        return ledger

    # --- what a run is made of ----------------------------------------------------------------

    def _planned(self) -> tuple[tuple[DayRange, ...], set[str], RangePlan]:
        """The ranges of days there are, those that must be checked, and a plan without its ranges."""
        given, tables, work = self.given, self.tables, self.journal.work
        files = _files(given.raw_events)
        names = [f.name for f in files]
        if len(set(names)) < len(names):
            names = [str(f.resolve()) for f in files]
        marks = {name: file_mark(path) for name, path in zip(names, files, strict=True)}
        has_catalogue = n_rows(given.raw_products) > 0
        plan = RangePlan(
            of=fingerprint(
                [],
                self.rules.model_dump_json(),
                self.own.version,
                given.mask_key.hex(),
                str(self.rows),
                str(has_catalogue),
            ),
            files=marks,
            decided=invalidation.decisions(self.readmitted),
            erased=tuple(sorted(set(self.erased))),
        )
        before = None if self.is_anew else RangePlan.load(given.out)
        if before is None or before.of != plan.of or not before.files.items() <= marks.items():
            slots = slots_of(tables, given.raw_events)
            all_spans = spans(planned((), slots, rows=self.rows))
            plan = replace(plan, begins_day=begins_on(slots))
            return all_spans, {span.name for span in all_spans}, plan
        new = [path for name, path in zip(names, files, strict=True) if name not in before.files]
        new_slots = slots_of(tables, new) if new else {}
        slots = dict(new_slots)
        for slot, n in (item for p in before.partitions for item in p.slots.items()):
            slots[slot] = slots.get(slot, 0) + n
        firsts = [p.first_day for p in before.partitions]
        all_spans = spans(planned(firsts, slots, rows=self.rows))
        plan = replace(plan, begins_day=begins_on(slots))
        opened = invalidation.by_rows(before, all_spans, slots, new_slots)
        opened |= invalidation.by_beginning(
            all_spans,
            before.begins_day,
            plan.begins_day,
            returns_days=self.rules.section(event_sequence.STEP).returns_days,
        )

        def closed() -> list[DayRange]:
            return [span for span in all_spans if span.name not in opened]

        if has_catalogue and given.products is not None and given.merged is not None:
            opened |= invalidation.by_catalogue(
                tables,
                given.out,
                closed(),
                raw=given.raw_products,
                products=given.products,
                merged=given.merged,
                work=work,
            )
        opened |= invalidation.by_people(
            tables,
            all_spans,
            raw=given.raw_events,
            decided=set(plan.decided) ^ set(before.decided),
            erased=set(plan.erased) ^ set(before.erased),
        )
        if new:
            opened |= invalidation.by_history(tables, given.out, closed(), new=new)
        return all_spans, opened, plan

    def _steps(self, table: On) -> list[Step[Any]]:
        ordered: list[Step[Any] | None] = [self.readmitted.step(table)]
        if self.erased and table == "events":
            ordered.insert(0, erasure.step_of(erasure.of_visitors(self.erased)))
        last = run.step_of(self.own)
        steps = [*ordered, *(s for s in STEPS_BY_TABLE[table] if s.is_on(table) and not s.is_whole)]
        steps += [last] if last.is_on(table) else []
        return [step for step in steps if step is not None]

    def _take(
        self, steps: list[Step[Any]], ledger: FindingsStore, prefix: str, label: str
    ) -> list[str]:
        """Each step's rounds over a ledger; what a killed run did is taken as done."""
        not_checked: list[str] = []
        for n, step in enumerate(steps):
            self.progress(f"{label}: {step.name}", n, len(steps))
            settings = self.rules.limits(step.name)
            for find in step.detectors:
                name = prefix + ledger.next_round(step.name)
                if name in self.journal.done:
                    said = self.journal.done[name]
                    ledger.resume(step.name, has_found=said["has_found"])
                    not_checked += said["not_checked"]
                    self.looked_at += said.get("looked_at", [])
                    self.failed += said["failed"]
                    continue
                found = find(ledger, settings, self.given)
                has_found = ledger.record(step.name, found.selects, **found.inputs)
                not_checked += found.not_checked
                self.looked_at += found.looked_at
                self.failed += found.failed
                self.journal.note(
                    name,
                    has_found=has_found,
                    not_checked=list(found.not_checked),
                    looked_at=list(found.looked_at),
                    failed=list(found.failed),
                )
        self.progress(label, len(steps), len(steps))
        return not_checked

    def _tallied(
        self,
        catalogue: FindingsStore,
        plan: RangePlan,
        files: list[tuple[Path, Path, Path]],
        whole: FindingsStore,
    ) -> tuple[StepCount, ...]:
        """The counts of events, all ranges together, held against what was written."""
        work = self.journal.work
        products: tuple[Source, Source] = (
            work / "products.parquet",
            work / "quarantine_products.parquet",
        )
        tallied("products", catalogue.n_in, catalogue.counts, *products)
        counts = summed(plan.partitions, _ORDER)
        n_in = n_rows(self.given.raw_events)
        tallied("events", n_in, counts, [c for c, _, _ in files], [q for _, q, _ in files])
        return (*counts, *whole.counts)

    def _place(self, name: str) -> Path:
        """Where a range's files are: in this run's folder if it checks the range, else where they were."""
        here = self.journal.work
        return here if files_of(here, name)[2].exists() else self.given.out

    def _ranges_done(self) -> list[dict[str, Any]]:
        done = [
            said["checked"] for key, said in self.journal.done.items() if key.startswith("range ")
        ]
        before = RangePlan.load(self.given.out)
        return [*done, *(asdict(p) for p in (before.partitions if before else ()))]

    def _has(self, found: Path, rule: str) -> bool:
        asked = f"SELECT count(*) AS n FROM found WHERE rule = '{rule}'"
        return bool(self.tables.sql(asked, out=None, found=found)["n"][0].as_py())


def every_check(own: CustomChecks) -> list[Check]:
    """Every check that a run may have made findings by."""
    return [*CHECKS, *ORDERED, *(c.check for c in own.checks)]


def move_ranges(work: Path, out: Path) -> None:
    """The ranges' files to their place; those of ranges that are no more go."""
    for folder in (EVENTS_FOLDER, FOLDER):
        (out / folder).mkdir(exist_ok=True)
        for path in sorted((work / folder).glob("*")) if (work / folder).exists() else ():
            path.replace(out / folder / path.name)
    kept = {path for name in RangePlan.names(out) for path in files_of(out, name)}
    for folder in (EVENTS_FOLDER, FOLDER):
        for path in (out / folder).glob("*.parquet"):
            if path not in kept:
                path.unlink()


def _files(raw: Source) -> list[Path]:
    return raw if isinstance(raw, list) else [raw] if isinstance(raw, Path) else []
