from .annotation import AnnotationQueue, make_annotation_queue, open_search, thresholds_of
from .categories import audit_categories
from .consensus import ConsensusGrades, consensus_of_ratings, find_consensus
from .model_grade_file import ModelGrades, forget_grades, read_model_grades, write_model_grades
from .model_grades import RELEVANT, SURE, Calibrated, calibrate, corrected_share
from .pool import Pool, frequent_queries, make_pool
from .queue import Objective, Question, next_questions
from .ratings import FILE_RATER, N_GRADES, Ratings, by_query, file_rows, final_grades, query_key
from .report import report
from .rows import RecordedRows, RefusedRow, read_rows, record_rows

__all__ = [
    "FILE_RATER",
    "N_GRADES",
    "RELEVANT",
    "SURE",
    "AnnotationQueue",
    "Calibrated",
    "ConsensusGrades",
    "ModelGrades",
    "Objective",
    "Pool",
    "Question",
    "Ratings",
    "RecordedRows",
    "RefusedRow",
    "audit_categories",
    "by_query",
    "calibrate",
    "consensus_of_ratings",
    "corrected_share",
    "file_rows",
    "final_grades",
    "find_consensus",
    "forget_grades",
    "frequent_queries",
    "make_annotation_queue",
    "make_pool",
    "next_questions",
    "open_search",
    "query_key",
    "read_model_grades",
    "read_rows",
    "record_rows",
    "report",
    "thresholds_of",
    "write_model_grades",
]
