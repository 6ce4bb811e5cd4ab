from .examples import make_examples, write_examples
from .independent.exam import IndependentReport, examine_independently
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
    read_findings,
)

__all__ = [
    "FEWEST",
    "CheckOptions",
    "CheckResult",
    "CheckRun",
    "ExamReport",
    "Files",
    "Finding",
    "IndependentReport",
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
    "examine_independently",
    "import_rows",
    "load_rows",
    "make_examples",
    "outcome_of",
    "read_findings",
    "write_examples",
    "write_report",
]
