from .examples import make_examples, write_examples
from .intervals import Share
from .loading import Reading, import_rows
from .outcome import FEWEST, Outcome, outcome_of
from .page import write_report
from .report import CheckResult, ExamReport
from .run import examine
from .score import Known, Score
from .scoring import Scorer
from .workspace import (
    CheckOptions,
    CheckRun,
    Files,
    Finding,
    Location,
    Rows,
    Workspace,
    copied,
    load_rows,
)

__all__ = [
    "FEWEST",
    "CheckOptions",
    "CheckResult",
    "CheckRun",
    "ExamReport",
    "Files",
    "Finding",
    "Known",
    "Location",
    "Outcome",
    "Reading",
    "Rows",
    "Score",
    "Scorer",
    "Share",
    "Workspace",
    "copied",
    "examine",
    "import_rows",
    "load_rows",
    "make_examples",
    "outcome_of",
    "write_examples",
    "write_report",
]
