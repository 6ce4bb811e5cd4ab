from .annotation import (
    AnnotationQueue as AnnotationQueue,
    make_annotation_queue as make_annotation_queue,
    open_search as open_search,
)
from .categories import (
    audit_categories as audit_categories,
)
from .consensus import (
    ConsensusGrades as ConsensusGrades,
    consensus_of_ratings as consensus_of_ratings,
    find_consensus as find_consensus,
    report as report,
)
from .model_grades import (
    Calibrated as Calibrated,
    ModelGrades as ModelGrades,
    RELEVANT as RELEVANT,
    SURE as SURE,
    calibrate as calibrate,
    corrected_share as corrected_share,
    forget_grades as forget_grades,
    read_model_grades as read_model_grades,
    write_model_grades as write_model_grades,
)
from .queue import (
    Objective as Objective,
    Pool as Pool,
    Question as Question,
    frequent_queries as frequent_queries,
    make_pool as make_pool,
    next_questions as next_questions,
)
from .ratings import (
    FILE_RATER as FILE_RATER,
    N_GRADES as N_GRADES,
    Ratings as Ratings,
    RecordedRows as RecordedRows,
    RefusedRow as RefusedRow,
    by_query as by_query,
    file_rows as file_rows,
    final_grades as final_grades,
    query_key as query_key,
    read_rows as read_rows,
    record_rows as record_rows,
)
