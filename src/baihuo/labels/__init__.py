"""Relevance judgements by people: which pairs to judge next, who judged what, the consensus of raters.

``annotation.py`` is the queue of raters, ``queue.py`` chooses the pairs, ``consensus.py`` makes one grade from
several, ``rows.py`` reads files of judgements, ``report.py`` measures the raters.
"""

from baihuo.labels.annotation import (
    AnnotationQueue,
    make_annotation_queue,
    open_search,
    thresholds_of,
)
from baihuo.labels.categories import audit_categories
from baihuo.labels.consensus import ConsensusGrades, consensus_of_ratings, find_consensus
from baihuo.labels.pool import Pool, frequent_queries, make_pool
from baihuo.labels.queue import Objective, Question, next_questions
from baihuo.labels.ratings import (
    FILE_RATER,
    N_GRADES,
    Ratings,
    by_query,
    file_rows,
    final_grades,
    query_key,
)
from baihuo.labels.report import report
from baihuo.labels.rows import RecordedRows, RefusedRow, read_rows, record_rows

__all__ = [
    "FILE_RATER",
    "N_GRADES",
    "AnnotationQueue",
    "ConsensusGrades",
    "Objective",
    "Pool",
    "Question",
    "Ratings",
    "RecordedRows",
    "RefusedRow",
    "audit_categories",
    "by_query",
    "consensus_of_ratings",
    "file_rows",
    "final_grades",
    "find_consensus",
    "frequent_queries",
    "make_annotation_queue",
    "make_pool",
    "next_questions",
    "open_search",
    "query_key",
    "read_rows",
    "record_rows",
    "report",
    "thresholds_of",
]
