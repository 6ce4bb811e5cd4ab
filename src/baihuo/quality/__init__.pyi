from .checks.near_duplicates.near_texts import near_texts
from .counts import Finding, InputFile, Limit, RefusedRows, StepCount, WithheldValues
from .custom.files import CustomChecks, load_custom_checks
from .engine.clean import clean, explain
from .engine.files import FilesChecked, InputFiles, check_files
from .engine.journal import file_mark
from .engine.lock import locked
from .engine.options import CleanOptions
from .engine.steps import every_check
from .preview import Preview, preview
from .quarantine import quarantined, spreadsheet
from .quarantine.at_fault import fields_at_fault
from .quarantine.lineage import RowLineage, lineage
from .quarantine.overrides import Overrides
from .quarantine.quarantined import QuarantinedRow, RowStore, reject
from .quarantine.refused import input_files, refused_rows, withheld_values
from .quarantine.release import check_fields, fix, fix_all, release_from_quarantine
from .registry import CHECKS, STEPS, STEPS_BY_TABLE
from .report.history import PastRun, read_history
from .report.html import report_environment
from .report.report import QualityReport
from .report.report_schema import report_schema
from .report.times import time_text, with_times
from .rules import QualityRules, default_rules_text, load_rules
from .spec import Check

__all__ = [
    "CHECKS",
    "STEPS",
    "STEPS_BY_TABLE",
    "Check",
    "CleanOptions",
    "CustomChecks",
    "FilesChecked",
    "Finding",
    "InputFile",
    "InputFiles",
    "Limit",
    "Overrides",
    "PastRun",
    "Preview",
    "QualityReport",
    "QualityRules",
    "QuarantinedRow",
    "RefusedRows",
    "RowLineage",
    "RowStore",
    "StepCount",
    "WithheldValues",
    "check_fields",
    "check_files",
    "clean",
    "default_rules_text",
    "every_check",
    "explain",
    "fields_at_fault",
    "file_mark",
    "fix",
    "fix_all",
    "input_files",
    "lineage",
    "load_custom_checks",
    "load_rules",
    "locked",
    "near_texts",
    "preview",
    "quarantined",
    "read_history",
    "refused_rows",
    "reject",
    "release_from_quarantine",
    "report_environment",
    "report_schema",
    "spreadsheet",
    "time_text",
    "with_times",
    "withheld_values",
]
