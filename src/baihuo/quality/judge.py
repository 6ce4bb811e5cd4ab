"""What was measured, held against ``quality.yaml``."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo.quality.report import Limit, StepCount
from baihuo.quality.rules import QualityRules


def judge(
    steps: Sequence[StepCount], rules: QualityRules, failed: Sequence[str] = ()
) -> tuple[Limit, ...]:
    """Every limit with its verdict, in the order of ``quality.yaml``.

    Args:
        failed: own checks that could not be run.
    """
    limits = [_step(step, rules) for step in steps if rules.has(step.step)]
    for table, name in (("events", "min_events"), ("products", "min_products")):
        of_table = [s for s in steps if s.table == table]
        n_in, n_kept = of_table[0].n_in, of_table[-1].n_kept
        least: int = getattr(rules, name)
        limits.append(
            Limit(
                name, table, n_kept, least, "stop" if n_kept < least else "ok",
                f"{n_kept:,} clean {table}; {name} asks for {least:,}",
            )
        )  # fmt: skip
        n_in -= sum(s.n_erased for s in of_table)
        share = sum(s.n_quarantined for s in of_table) / max(n_in, 1)
        limits.append(
            Limit(
                "max_quarantined", table, round(share, 6), rules.max_quarantined,
                "stop" if share > rules.max_quarantined else "ok",
                f"{share:.1%} of {table} are in quarantine; max_quarantined allows {rules.max_quarantined:.1%}",
            )
        )  # fmt: skip
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
