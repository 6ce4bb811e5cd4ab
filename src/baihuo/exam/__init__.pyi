from .examples import (
    make_examples as make_examples,
    write_examples as write_examples,
)
from .independent.exam import (
    IndependentReport as IndependentReport,
    examine_independently as examine_independently,
)
from .page import (
    write_report as write_report,
)
from .report import (
    CheckResult as CheckResult,
    ExamReport as ExamReport,
    FEWEST as FEWEST,
    Outcome as Outcome,
    Share as Share,
    outcome_of as outcome_of,
)
from .run import (
    examine as examine,
)
from .scoring import (
    Known as Known,
    Score as Score,
    Scorer as Scorer,
)
from .workspace import (
    CheckOptions as CheckOptions,
    CheckRun as CheckRun,
    Files as Files,
    Finding as Finding,
    Location as Location,
    Reading as Reading,
    Rows as Rows,
    Workspace as Workspace,
    copied as copied,
    import_rows as import_rows,
    load_rows as load_rows,
    read_findings as read_findings,
)
