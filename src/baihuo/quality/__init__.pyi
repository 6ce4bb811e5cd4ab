from .accepted import (
    GroupNote as GroupNote,
    Verdict as Verdict,
    accept_note as accept_note,
    group_notes as group_notes,
    read_accepted as read_accepted,
    undo_accepted as undo_accepted,
)
from .checks.near_duplicates.near_texts import near_texts as near_texts
from .counts import (
    Finding as Finding,
    InputFile as InputFile,
    Limit as Limit,
    RefusedRows as RefusedRows,
    StepCount as StepCount,
    WithheldValues as WithheldValues,
)
from .custom.files import CustomChecks as CustomChecks, load_custom_checks as load_custom_checks
from .engine.clean import clean as clean, explain as explain
from .engine.files import (
    FilesChecked as FilesChecked,
    InputFiles as InputFiles,
    check_files as check_files,
)
from .engine.journal import file_mark as file_mark
from .engine.lock import locked as locked
from .engine.options import CleanOptions as CleanOptions
from .engine.steps import every_check as every_check
from .preview import Preview as Preview, preview as preview
from .quarantine import quarantined as quarantined, spreadsheet as spreadsheet
from .quarantine.at_fault import fields_at_fault as fields_at_fault
from .quarantine.lineage import RowLineage as RowLineage, lineage as lineage
from .quarantine.overrides import Overrides as Overrides
from .quarantine.quarantined import (
    QuarantinedRow as QuarantinedRow,
    RowStore as RowStore,
    reject as reject,
)
from .quarantine.refused import (
    input_files as input_files,
    refused_rows as refused_rows,
    withheld_values as withheld_values,
)
from .quarantine.release import (
    check_fields as check_fields,
    fix as fix,
    fix_all as fix_all,
    release_from_quarantine as release_from_quarantine,
)
from .registry import CHECKS as CHECKS, STEPS as STEPS, STEPS_BY_TABLE as STEPS_BY_TABLE
from .report.history import PastRun as PastRun, read_history as read_history
from .report.html import report_environment as report_environment
from .report.report import QualityReport as QualityReport
from .report.report_schema import report_schema as report_schema
from .report.times import time_text as time_text, with_times as with_times
from .retired import retired_names as retired_names, without_retired as without_retired
from .rules import (
    QualityRules as QualityRules,
    default_rules_text as default_rules_text,
    load_rules as load_rules,
)
from .spec import Check as Check
