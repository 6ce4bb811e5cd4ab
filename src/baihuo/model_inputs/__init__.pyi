from .assemble import ModelInputs
from .columns import (
    AT_SERVING,
    DEVICE,
    DEVICES,
    POSITION,
    REQUEST_COLUMNS,
    InteractionHistory,
    ModelRequest,
    click_columns,
    missing_columns,
    request_columns,
)
from .evidence import EVIDENCE_COLUMNS, evidence_columns, knows_all_words
from .past_pages import lookback_matrix, page_groups, past_matrix, with_logged
from .transformed import TransformedColumns, title_of
from .visits import Visits, index_rows, visits
from .words import input_words

__all__ = [
    "AT_SERVING",
    "DEVICE",
    "DEVICES",
    "EVIDENCE_COLUMNS",
    "POSITION",
    "REQUEST_COLUMNS",
    "InteractionHistory",
    "ModelInputs",
    "ModelRequest",
    "TransformedColumns",
    "Visits",
    "click_columns",
    "evidence_columns",
    "index_rows",
    "input_words",
    "knows_all_words",
    "lookback_matrix",
    "missing_columns",
    "page_groups",
    "past_matrix",
    "request_columns",
    "title_of",
    "visits",
    "with_logged",
]
