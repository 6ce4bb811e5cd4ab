"""The checks between what came in and what a model may learn from.

Nothing is lost silently: rows in = kept + quarantined + merged + erased at every step, a repaired cell
keeps its old value in ``findings.parquet``, and :meth:`QualityReport.raise_if_stopped` is what
stands between dirty data and training.
"""

from baihuo.core.shop_paths import EVENTS_FOLDER
from baihuo.quality.counts import Finding, Limit, RefusedRows, StepCount
from baihuo.quality.custom.files import CustomChecks, load_custom_checks
from baihuo.quality.engine.clean import clean, explain
from baihuo.quality.engine.files import FilesChecked, InputFiles, check_files
from baihuo.quality.engine.lock import locked
from baihuo.quality.engine.options import CleanOptions
from baihuo.quality.quarantine import quarantined, spreadsheet
from baihuo.quality.quarantine.lineage import RowLineage, lineage
from baihuo.quality.quarantine.overrides import Overrides
from baihuo.quality.quarantine.quarantined import QuarantinedRow, RowStore
from baihuo.quality.quarantine.refused import refused_rows
from baihuo.quality.quarantine.release import fix, fix_all, release_from_quarantine
from baihuo.quality.registry import CHECKS, STEPS
from baihuo.quality.report.history import PastRun, read_history
from baihuo.quality.report.report import QualityReport
from baihuo.quality.report.report_schema import report_schema
from baihuo.quality.rules import QualityRules, default_rules_text, load_rules
from baihuo.quality.spec import Check

__all__ = [
    "CHECKS",
    "EVENTS_FOLDER",
    "STEPS",
    "Check",
    "CleanOptions",
    "CustomChecks",
    "FilesChecked",
    "Finding",
    "InputFiles",
    "Limit",
    "Overrides",
    "PastRun",
    "QualityReport",
    "QualityRules",
    "QuarantinedRow",
    "RefusedRows",
    "RowLineage",
    "RowStore",
    "StepCount",
    "check_files",
    "clean",
    "default_rules_text",
    "explain",
    "fix",
    "fix_all",
    "lineage",
    "load_custom_checks",
    "load_rules",
    "locked",
    "quarantined",
    "read_history",
    "refused_rows",
    "release_from_quarantine",
    "report_schema",
    "spreadsheet",
]
