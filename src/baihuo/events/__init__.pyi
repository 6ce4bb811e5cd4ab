from .erasing import forget_events, forget_judgements, forget_old_judgements
from .judgements import JUDGEMENTS, Judgement, JudgementLog, RecordResult
from .log import AppendResult, EventLog
from .peek import LogState, ServedState, peek_log, peek_served
from .sealing import Segment
from .served import ServedLog, StoredPage
from .served_erasing import forget_old_pages, forget_pages, queries_of_pages
from .served_table import SERVED
from .waiting import waiting_events

__all__ = [
    "JUDGEMENTS",
    "SERVED",
    "AppendResult",
    "EventLog",
    "Judgement",
    "JudgementLog",
    "LogState",
    "RecordResult",
    "Segment",
    "ServedLog",
    "ServedState",
    "StoredPage",
    "forget_events",
    "forget_judgements",
    "forget_old_judgements",
    "forget_old_pages",
    "forget_pages",
    "peek_log",
    "peek_served",
    "queries_of_pages",
    "waiting_events",
]
