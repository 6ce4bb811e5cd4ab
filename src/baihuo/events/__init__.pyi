from .body import Belief as Belief, distinct_id as distinct_id
from .decisions import Opening as Opening
from .erasing import (
    forget_events as forget_events,
    forget_judgements as forget_judgements,
    forget_old_judgements as forget_old_judgements,
    wipe as wipe,
)
from .judgements import (
    JUDGEMENTS as JUDGEMENTS,
    Judgement as Judgement,
    JudgementLog as JudgementLog,
    RecordResult as RecordResult,
)
from .log import AppendResult as AppendResult, EventLog as EventLog
from .peek import (
    LogState as LogState,
    ServedState as ServedState,
    peek_log as peek_log,
    peek_served as peek_served,
)
from .sealing import Segment as Segment
from .served import ServedLog as ServedLog, StoredPage as StoredPage
from .served_erasing import (
    forget_old_pages as forget_old_pages,
    forget_pages as forget_pages,
    queries_of_pages as queries_of_pages,
)
from .served_removal import remove_pages as remove_pages
from .served_sealing import SealedCounts as SealedCounts
from .served_segment import SealedPages as SealedPages
from .served_table import SERVED as SERVED
from .upkeep import is_upkeep_due as is_upkeep_due, keep_up as keep_up
from .waiting import waiting_events as waiting_events
