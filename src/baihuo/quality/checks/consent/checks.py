"""Consent: what a visitor refused goes to quarantine before any other check reads it.

What an event without the field means is set in ``shop.yaml`` (``privacy.absent_consent``), which the server reads, too.
"""

from __future__ import annotations

from baihuo.core import consented_sql
from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.entries import read_checks
from baihuo.quality.findings import FindingsStore
from baihuo.quality.limits import Limits, Share
from baihuo.quality.spec import CheckContext, CheckResult, Step


class ConsentRules(Limits):
    """Events of visitors who refused that they are learned from; no dirt, so there is no limit."""

    warn_above: Share | None = None
    stop_above: Share | None = None


CHECKS = read_checks(__file__, "consent", consented=consented_sql("{absent}"))


def find(findings: FindingsStore, settings: ConsentRules, context: CheckContext) -> CheckResult:
    """Events whose visitor refused, or gave no answer where that means no."""
    values = {**settings.sql(), "absent": context.absent_consent}
    selects, inputs = rowwise(CHECKS, findings, values)
    return CheckResult(selects=selects, inputs=inputs)


STEP = Step(
    name="consent", settings=ConsentRules, checks=CHECKS, detectors=(find,), is_about_dirt=False
)
