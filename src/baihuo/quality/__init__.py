"""The checks between what came in and what a model may learn from.

Nothing is lost silently: rows in = kept + quarantined + merged + erased at every step, a repaired cell
keeps its old value in ``findings.parquet``, and :meth:`QualityReport.raise_if_stopped` is what
stands between dirty data and training.
"""

from baihuo.quality.check import Check
from baihuo.quality.clean import clean, explain
from baihuo.quality.files import FilesChecked, check_files
from baihuo.quality.history import Run, read_history
from baihuo.quality.lineage import Story, lineage
from baihuo.quality.lock import locked
from baihuo.quality.own import OwnChecks, own_checks
from baihuo.quality.partitions import EVENTS_FOLDER
from baihuo.quality.quarantined import Kept, Place
from baihuo.quality.readmit import mend, mend_all, readmit
from baihuo.quality.readmitted import Readmitted
from baihuo.quality.refused import refused_rows
from baihuo.quality.report import Finding, Limit, QualityReport, RefusedRows, StepCount
from baihuo.quality.report_schema import report_schema
from baihuo.quality.rules import (
    QualityRules,
    default_rules_text,
    load_rules,
)
from baihuo.quality.steps import CHECKS, STEPS

__all__ = [
    "CHECKS",
    "EVENTS_FOLDER",
    "STEPS",
    "Check",
    "FilesChecked",
    "Finding",
    "Kept",
    "Limit",
    "OwnChecks",
    "Place",
    "QualityReport",
    "QualityRules",
    "Readmitted",
    "RefusedRows",
    "Run",
    "StepCount",
    "Story",
    "check_files",
    "clean",
    "default_rules_text",
    "explain",
    "lineage",
    "load_rules",
    "locked",
    "mend",
    "mend_all",
    "own_checks",
    "read_history",
    "readmit",
    "refused_rows",
    "report_schema",
]
