from .judgements import JUDGEMENTS, Judgement, JudgementLog, RecordResult
from .log import AppendResult, EventLog
from .peek import LogState, ServedState, peek_log, peek_served
from .sealing import Segment
from .served import ServedLog, StoredPage
from .served_removal import remove_pages
from .served_sealing import SealedCounts
from .served_segment import SealedPages
from .served_table import SERVED
from .upkeep import is_upkeep_due, keep_up

__all__ = [
    "JUDGEMENTS",
    "SERVED",
    "AppendResult",
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
    "is_upkeep_due",
    "keep_up",
    "peek_log",
    "peek_served",
    "remove_pages",
]
