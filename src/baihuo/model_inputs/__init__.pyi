from .assemble import (
    AT_SERVING as AT_SERVING,
    DEVICE as DEVICE,
    DEVICES as DEVICES,
    POSITION as POSITION,
    REQUEST_COLUMNS as REQUEST_COLUMNS,
    InteractionHistory as InteractionHistory,
    ModelInputs as ModelInputs,
    ModelRequest as ModelRequest,
    click_columns as click_columns,
    missing_columns as missing_columns,
    request_columns as request_columns,
)
from .evidence import (
    EVIDENCE_COLUMNS as EVIDENCE_COLUMNS,
    evidence_columns as evidence_columns,
    knows_all_words as knows_all_words,
)
from .past_pages import (
    lookback_matrix as lookback_matrix,
    page_groups as page_groups,
    past_matrix as past_matrix,
    with_logged as with_logged,
)
from .seen import Traits as Traits, seen_by as seen_by
from .visits import Visits as Visits, index_rows as index_rows, visits as visits
from .words import input_words as input_words
