"""The last step: completeness (what is missing from the log) and drift (what has changed in it).

No single row is wrong here, so a finding is at one row of a slice: the last before a gap, the first
of a batch that has drifted. Both are notes: people decide. The profile of a batch is kept in
``profile.json`` beside the report, and the next batch is compared with it.
"""

from __future__ import annotations

from baihuo.quality.checks.coverage.completeness import find_gaps
from baihuo.quality.checks.coverage.drift import find_drift
from baihuo.quality.checks.coverage.settings import CoverageRules
from baihuo.quality.spec import Check, Step

CHECKS: tuple[Check, ...] = (
    Check(
        name="hole_in_log",
        step="coverage",
        on="events",
        action="note",
        why="a gap: almost no events followed this row for hours in which a usual week has some",
        fix="look for a collector that was down or a file that was not sent, and import what is missing",
    ),
    Check(
        name="hole_in_slice",
        step="coverage",
        on="events",
        action="note",
        why="a gap: after this row one platform or type of event fell silent while the others continued",
        fix="look for a release of that app or page that lost its tracking",
    ),
    Check(
        name="hole_in_visitors",
        step="coverage",
        on="events",
        action="note",
        why="after this row most visitors, or most of one platform's, are missing for hours, though rows or other platforms came as "
        "usual",
        fix="look for a tracker that failed for most people (a release, a consent banner, an id that everybody got), and import "
        "what is missing",
    ),
    Check(
        name="drift",
        step="coverage",
        on="events",
        action="note",
        why="this row begins a batch in which a column is distributed otherwise than in the last accepted one",
        fix="compare both in profile.json; a season or a campaign is no fault",
    ),
    Check(
        name="strong_drift",
        step="coverage",
        on="events",
        action="note",
        why="this row begins a batch in which a column is another population than in the last accepted one",
        fix="look for a unit, a mapping or a client that changed, before a model learns it",
    ),
)

STEP = Step(
    name="coverage",
    settings=CoverageRules,
    checks=CHECKS,
    detectors=(find_gaps, find_drift),
    is_whole=True,
    finds={
        find_gaps: ("hole_in_log", "hole_in_slice", "hole_in_visitors"),
        find_drift: ("drift", "strong_drift"),
    },
)
