from .erasing import (
    forget_events as forget_events,
    forget_judgements as forget_judgements,
    forget_old_judgements as forget_old_judgements,
    wipe as wipe,
)
from .group_commit import FailureCallback as FailureCallback, GroupCommit as GroupCommit
from .judgements import (
    JUDGEMENTS as JUDGEMENTS,
    Judgement as Judgement,
    JudgementLog as JudgementLog,
    RecordResult as RecordResult,
)
from .log import AppendResult as AppendResult, EventLog as EventLog, Opening as Opening
from .peek import (
    LogState as LogState,
    ServedState as ServedState,
    peek_log as peek_log,
    peek_served as peek_served,
    waiting_events as waiting_events,
)
from .sealing import Belief as Belief, Segment as Segment, distinct_id as distinct_id
from .served import SERVED as SERVED, ServedLog as ServedLog, StoredPage as StoredPage
from .served_erasing import (
    forget_old_pages as forget_old_pages,
    forget_pages as forget_pages,
    queries_of_pages as queries_of_pages,
    remove_pages as remove_pages,
)
from .served_sealing import SealedCounts as SealedCounts
from .served_segment import SealedPages as SealedPages
from .upkeep import is_upkeep_due as is_upkeep_due, keep_up as keep_up
