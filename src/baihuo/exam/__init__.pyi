from .examples import make_examples as make_examples, write_examples as write_examples
from .independent.exam import (
    IndependentReport as IndependentReport,
    examine_independently as examine_independently,
)
from .intervals import Share as Share
from .loading import Reading as Reading, import_rows as import_rows
from .outcome import FEWEST as FEWEST, Outcome as Outcome, outcome_of as outcome_of
from .page import write_report as write_report
from .report import CheckResult as CheckResult, ExamReport as ExamReport
from .run import examine as examine
from .score import Known as Known, Score as Score
from .scoring import Scorer as Scorer
from .workspace import (
    CheckOptions as CheckOptions,
    CheckRun as CheckRun,
    Files as Files,
    Finding as Finding,
    Location as Location,
    Rows as Rows,
    Workspace as Workspace,
    copied as copied,
    load_rows as load_rows,
    read_findings as read_findings,
)
