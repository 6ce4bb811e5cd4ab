"""What was measured, held against ``quality.yaml``."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo.quality.counts import Limit, RefusedRows, StepCount
from baihuo.quality.rules import QualityRules

NO_LOG = "a catalogue without a log; searches are ordered by relevance"


def judge(
    steps: Sequence[StepCount],
    rules: QualityRules,
    failed: Sequence[str] = (),
    *,
    refused: Sequence[RefusedRows] = (),
    has_log: bool = True,
) -> tuple[Limit, ...]:
    """Every limit with its verdict, in the order of ``quality.yaml``.

    Args:
        failed: own checks that could not be run.
        refused: rows that no import could read; they count towards ``max_quarantined``.
        has_log: whether any events came in, good or bad; without, ``min_events`` is not asked for.
    """
    of_refused = {of.table: of for of in refused}
    limits = [_step(step, rules) for step in steps if rules.has(step.step)]
    for table, name in (("events", "min_events"), ("products", "min_products")):
        of_table = [s for s in steps if s.table == table]
        n_in, n_kept = of_table[0].n_in, of_table[-1].n_kept
        least: int = getattr(rules, name)
        words = f"{n_kept:,} clean {table}; {name} asks for {least:,}"
        if table == "events" and not has_log:
            least, words = 0, NO_LOG
        limits.append(Limit(name, table, n_kept, least, "stop" if n_kept < least else "ok", words))
        missing = of_refused.get(table)
        n_in += (missing.n_refused if missing else 0) - sum(s.n_erased for s in of_table)
        n_quarantined = sum(s.n_quarantined for s in of_table)
        share = (n_quarantined + (missing.n_refused if missing else 0)) / max(n_in, 1)
        words = f"{share:.1%} of {table} are in quarantine"
        if missing:
            words += f" ({missing.words}; checks took {n_quarantined:,})"
        limits.append(
            Limit(
                "max_quarantined",
                table,
                round(share, 6),
                rules.max_quarantined,
                "stop" if share > rules.max_quarantined else "ok",
                f"{words}; max_quarantined allows {rules.max_quarantined:.1%}",
            )
        )
    if failed:
        words = f"{len(failed)} of the shop's own checks could not be run: {'; '.join(failed)}"
        verdict, owner = rules.own.on_error, rules.own.owner
        limits.append(Limit("own.on_error", "all", len(failed), 0, verdict, words, owner))
    return tuple(limits)


def _step(step: StepCount, rules: QualityRules) -> Limit:
    of = rules.limits(step.step)
    verdict, name, allowed = "ok", "stop_above", of.stop_above
    if of.stop_above is not None and step.touched > of.stop_above:
        verdict = of.then
    elif of.warn_above is not None and step.touched > of.warn_above:
        verdict, name, allowed = "warn", "warn_above", of.warn_above
    elif of.stop_above is None:
        name, allowed = "warn_above", of.warn_above
    allowed = 1.0 if allowed is None else allowed
    words = (
        f"{step.step} touched {step.touched:.2%} of {step.table} ({step.n_quarantined:,} quarantined, "
        f"{step.n_merged:,} merged, {step.n_repaired:,} repaired of {step.n_in:,}); "
        f"{step.step}.{name} allows {allowed:.2%}"
    )
    return Limit(
        f"{step.step}.{name}", step.table, round(step.touched, 6), allowed, verdict, words, of.owner
    )
