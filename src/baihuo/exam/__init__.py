"""How well the checks do on one shop's own rows: known faults go into copies, and their findings are counted."""

from baihuo.exam.intervals import Share
from baihuo.exam.loading import Reading, import_rows
from baihuo.exam.page import write_report
from baihuo.exam.report import CheckResult, ExamReport
from baihuo.exam.run import examine
from baihuo.exam.score import Known, Score
from baihuo.exam.scoring import Scorer
from baihuo.exam.workspace import (
    CheckOptions,
    CheckRun,
    Files,
    Finding,
    Location,
    Rows,
    Workspace,
    load_rows,
)

__all__ = [
    "CheckOptions",
    "CheckResult",
    "CheckRun",
    "ExamReport",
    "Files",
    "Finding",
    "Known",
    "Location",
    "Reading",
    "Rows",
    "Score",
    "Scorer",
    "Share",
    "Workspace",
    "examine",
    "import_rows",
    "load_rows",
    "write_report",
]
