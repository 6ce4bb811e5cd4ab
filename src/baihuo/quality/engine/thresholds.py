"""What was measured, against the thresholds of ``quality.yaml``."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo.quality.counts import Finding, Limit, RefusedRows, StepCount, WithheldValues
from baihuo.quality.promise.limits import PromiseResult
from baihuo.quality.registry import ALL_STEPS
from baihuo.quality.rules import QualityRules

_NOT_ABOUT_DIRT = frozenset(step.name for step in ALL_STEPS.values() if not step.is_about_dirt)
NO_LOG = "a catalogue without a log; searches are ordered by relevance"


def evaluate_thresholds(
    steps: Sequence[StepCount],
    rules: QualityRules,
    failed: Sequence[str] = (),
    *,
    refused: Sequence[RefusedRows] = (),
    withheld: Sequence[WithheldValues] = (),
    findings: Sequence[Finding] = (),
    has_log: bool = True,
    learned: PromiseResult | None = None,
) -> tuple[Limit, ...]:
    """Every limit with its verdict, in the order of ``quality.yaml``.

    Args:
        failed: custom checks that could not be run.
        refused: rows that no import could read; they count towards ``max_quarantined``.
        withheld: values that no import could read; they count towards ``max_withheld``.
        findings: of all checks; those that are only noted count towards ``notes``.
        has_log: whether any events came in, good or bad; without, ``min_events`` does not apply.
        learned: the newest days against learned thresholds; where these are in force, ``warn_above`` of the
            steps that they watch does not count.
    """
    refused_by_table = {rows.table: rows for rows in refused}
    learned = learned or PromiseResult()
    limits = [
        _step(step, rules, is_learned=learned.watches(step.step) and step.table == "events")
        for step in steps
        if rules.has(step.step)
    ]
    for table in ("events", "products"):
        counts = [s for s in steps if s.table == table]
        limits.append(_min_rows(table, counts, rules, has_log=has_log))
        limits.append(_max_quarantined(table, counts, rules, refused_by_table.get(table)))
        limits.append(_max_noted(table, counts, rules))
    limits += [_max_withheld(values, rules) for values in withheld]
    limits += _notes(findings, rules)
    if failed:
        message = f"{len(failed)} of the shop's own checks could not be run: {'; '.join(failed)}"
        verdict, owner = rules.own.on_error, rules.own.owner
        limits.append(Limit("own.on_error", "all", len(failed), 0, verdict, message, owner))
    return (*limits, *learned.limits)


def _min_rows(
    table: str, counts: Sequence[StepCount], rules: QualityRules, *, has_log: bool
) -> Limit:
    name, n_kept = f"min_{table}", counts[-1].n_kept
    required: int = getattr(rules, name)
    message = f"{n_kept:,} clean {table}; {name} asks for {required:,}"
    if table == "events" and not has_log:
        required, message = 0, NO_LOG
    return Limit(name, table, n_kept, required, "stop" if n_kept < required else "ok", message)


def _max_quarantined(
    table: str, counts: Sequence[StepCount], rules: QualityRules, refused: RefusedRows | None
) -> Limit:
    n_refused = refused.n_refused if refused else 0
    refused_by_visitors = [s for s in counts if s.step in _NOT_ABOUT_DIRT]
    n_in = counts[0].n_in + n_refused - sum(s.n_erased for s in counts)
    n_in -= sum(s.n_quarantined for s in refused_by_visitors)
    n_quarantined = sum(s.n_quarantined for s in counts if s not in refused_by_visitors)
    share, allowed = (n_quarantined + n_refused) / max(n_in, 1), rules.max_quarantined
    message = f"{share:.1%} of {table} are in quarantine"
    if refused:
        message += f" ({refused.words}; checks took {n_quarantined:,})"
    message += f"; max_quarantined allows {allowed:.1%}"
    verdict = "stop" if share > allowed else "ok"
    return Limit("max_quarantined", table, round(share, 6), allowed, verdict, message)


def _max_noted(table: str, counts: Sequence[StepCount], rules: QualityRules) -> Limit:
    n_noted, n_in = sum(s.n_noted for s in counts), counts[0].n_in
    share, allowed = min(n_noted / max(n_in, 1), 1.0), rules.max_noted  # two steps may note a row
    message = f"{n_noted:,} of {n_in:,} {table} were noted; max_noted allows {allowed:.1%}"
    verdict = "stop" if share > allowed else "ok"
    return Limit("max_noted", table, round(share, 6), allowed, verdict, message)


def _notes(findings: Sequence[Finding], rules: QualityRules) -> list[Limit]:
    """The limits of ``notes``, of checks that noted something: each with the verdict of the gravest that is passed."""
    limits = []
    for finding in (f for f in findings if not f.is_change):
        full_name = f"own.{finding.check}" if finding.step == "own" else finding.check
        warn, stop = rules.notes.allowed(full_name)
        n, owner = finding.n_findings, rules.limits(finding.step).owner
        verdict, name, allowed = "ok", "stop_above", stop
        if stop is not None and n > stop:
            verdict = "stop"
        elif warn is not None and (n > warn or stop is None):
            verdict, name, allowed = "warn" if n > warn else "ok", "warn_above", warn
        if allowed is None:
            continue
        found = "finding" if n == 1 else "findings"
        limit = f"notes.{name}.{full_name}"
        message = f"{n:,} {found} of {finding.check} in the {finding.table}, only noted: nothing was changed; {limit} allows {allowed:,}"
        limits.append(Limit(limit, finding.table, n, allowed, verdict, message, owner))
    return limits


def _max_withheld(withheld: WithheldValues, rules: QualityRules) -> Limit:
    share = min(withheld.n_withheld / max(withheld.n_read, 1), 1.0)  # a row may lack two values
    allowed = rules.max_withheld
    message = f"{withheld.table}: {withheld.words}; max_withheld allows {allowed:.1%}"
    verdict = "stop" if share > allowed else "ok"
    return Limit("max_withheld", withheld.table, round(share, 6), allowed, verdict, message)


def _step(step: StepCount, rules: QualityRules, *, is_learned: bool) -> Limit:
    section = rules.limits(step.step)
    verdict, name, allowed = "ok", "stop_above", section.stop_above
    if section.stop_above is not None and step.touched > section.stop_above:
        verdict = section.then
    elif section.warn_above is not None and step.touched > section.warn_above and not is_learned:
        verdict, name, allowed = "warn", "warn_above", section.warn_above
    elif section.stop_above is None:
        name, allowed = "warn_above", section.warn_above
    allowed = 1.0 if allowed is None else allowed
    message = (
        f"{step.step} touched {step.touched:.2%} of {step.table} ({step.n_quarantined:,} quarantined, "
        f"{step.n_merged:,} merged, {step.n_repaired:,} repaired of {step.n_in:,}); "
        f"{step.step}.{name} allows {allowed:.2%}"
    )
    touched = round(step.touched, 6)
    full_name = f"{step.step}.{name}"
    return Limit(full_name, step.table, touched, allowed, verdict, message, section.owner)
