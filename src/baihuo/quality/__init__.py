"""The checks between what came in and what a model may learn from.

Nothing is lost silently: rows in = kept + quarantined + merged at every step, a repaired cell
keeps its old value in ``findings.parquet``, and :meth:`QualityReport.raise_if_stopped` is what
stands between dirty data and training.
"""

from baihuo.quality.check import Check
from baihuo.quality.clean import clean, explain
from baihuo.quality.report import Finding, Limit, QualityReport, StepCount
from baihuo.quality.rules import (
    QualityRules,
    default_rules_text,
    load_rules,
    write_default_rules,
)
from baihuo.quality.steps import CHECKS, STEPS

__all__ = [
    "CHECKS",
    "STEPS",
    "Check",
    "Finding",
    "Limit",
    "QualityReport",
    "QualityRules",
    "StepCount",
    "clean",
    "default_rules_text",
    "explain",
    "load_rules",
    "write_default_rules",
]
