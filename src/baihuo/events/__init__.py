"""Append-only logs of events, served pages and judgements. They survive a power cut and a ``kill -9``.

``log.py`` is the log of events (acknowledged means fsynced), ``served.py`` the log of served pages
with their feature values, ``judgements.py`` the grades of raters.
"""

from baihuo.events.judgements import JUDGEMENTS, Judgement, JudgementLog, RecordResult
from baihuo.events.log import AppendResult, EventLog
from baihuo.events.peek import LogState, ServedState, peek_log, peek_served
from baihuo.events.sealing import Segment
from baihuo.events.served import ServedLog, StoredPage
from baihuo.events.served_table import SERVED

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
    "peek_log",
    "peek_served",
]
