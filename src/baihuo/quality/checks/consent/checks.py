"""Consent: what a visitor refused goes to quarantine before any other check reads it.

What an event without the field means is said in ``shop.yaml`` (``privacy.absent_consent``), as the server reads it there, too.
"""

from __future__ import annotations

from baihuo.core import consented_sql
from baihuo.quality.checks.consent.settings import ConsentRules
from baihuo.quality.checks.rowwise import rowwise
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS = (
    Check(
        name="no_consent",
        step="consent",
        on="events",
        action="quarantine",
        predicate=f"NOT ({consented_sql('{absent}')})",
        why="its visitor did not agree that what they do is measured or orders their pages, so nothing is learned from it",
        fix="nothing, if that is so; else send consent_analytics and consent_personalization as your consent banner has them",
    ),
)


def find(findings: FindingsStore, settings: ConsentRules, context: CheckContext) -> CheckResult:
    """Events whose visitor refused, or said nothing where that means no."""
    values = {**settings.sql(), "absent": context.absent_consent}
    return CheckResult(selects=[rowwise(CHECKS, findings, values)])


STEP = Step(
    name="consent", settings=ConsentRules, checks=CHECKS, detectors=(find,), is_about_dirt=False
)
