from .body import Belief, distinct_id
from .decisions import Opening
from .erasing import forget_events, forget_judgements, forget_old_judgements, wipe
from .judgements import JUDGEMENTS, Judgement, JudgementLog, RecordResult
from .log import AppendResult, EventLog
from .peek import LogState, ServedState, peek_log, peek_served
from .sealing import Segment
from .served import ServedLog, StoredPage
from .served_erasing import forget_old_pages, forget_pages, queries_of_pages
from .served_removal import remove_pages
from .served_sealing import SealedCounts
from .served_segment import SealedPages
from .served_table import SERVED
from .upkeep import is_upkeep_due, keep_up
from .waiting import waiting_events

__all__ = [
    "JUDGEMENTS",
    "SERVED",
    "AppendResult",
    "Belief",
    "EventLog",
    "Judgement",
    "JudgementLog",
    "LogState",
    "Opening",
    "RecordResult",
    "SealedCounts",
    "SealedPages",
    "Segment",
    "ServedLog",
    "ServedState",
    "StoredPage",
    "distinct_id",
    "forget_events",
    "forget_judgements",
    "forget_old_judgements",
    "forget_old_pages",
    "forget_pages",
    "is_upkeep_due",
    "keep_up",
    "peek_log",
    "peek_served",
    "queries_of_pages",
    "remove_pages",
    "waiting_events",
    "wipe",
]
