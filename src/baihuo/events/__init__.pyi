from .body import Belief
from .judgements import JUDGEMENTS, Judgement, JudgementLog, RecordResult
from .log import AppendResult, EventLog
from .peek import LogState, ServedState, peek_log, peek_served
from .sealing import Segment
from .served import ServedLog, StoredPage
from .served_sealing import SealedCounts
from .served_segment import SealedPages
from .served_table import SERVED

__all__ = [
    "JUDGEMENTS",
    "SERVED",
    "AppendResult",
    "Belief",
    "EventLog",
    "Judgement",
    "JudgementLog",
    "LogState",
    "RecordResult",
    "SealedCounts",
    "SealedPages",
    "Segment",
    "ServedLog",
    "ServedState",
    "StoredPage",
    "peek_log",
    "peek_served",
]
