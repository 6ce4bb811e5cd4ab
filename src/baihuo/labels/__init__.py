"""What people judge: pairs worth asking about, who judged what, what they say together.

``desk.py`` hands out and takes back, ``queue.py`` chooses what is asked, ``settled.py`` makes one grade
of several, ``rows.py`` reads files of judgements, ``report.py`` tells of raters.
"""

from baihuo.labels.annotation import AnnotationDesk, make_desk, open_search, thresholds_of
from baihuo.labels.categories import audit_categories
from baihuo.labels.consensus import ConsensusGrades, settle, settle_ratings
from baihuo.labels.pool import Pool, frequent_queries, make_pool
from baihuo.labels.queue import Question, Stake, next_questions
from baihuo.labels.ratings import (
    N_GRADES,
    SETTLED,
    Ratings,
    by_query,
    file_rows,
    query_key,
    settled_in,
)
from baihuo.labels.report import report
from baihuo.labels.rows import RecordedRows, Refused, read_rows, record_rows

__all__ = [
    "N_GRADES",
    "SETTLED",
    "AnnotationDesk",
    "ConsensusGrades",
    "Pool",
    "Question",
    "Ratings",
    "RecordedRows",
    "Refused",
    "Stake",
    "audit_categories",
    "by_query",
    "file_rows",
    "frequent_queries",
    "make_desk",
    "make_pool",
    "next_questions",
    "open_search",
    "query_key",
    "read_rows",
    "record_rows",
    "report",
    "settle",
    "settle_ratings",
    "settled_in",
    "thresholds_of",
]
