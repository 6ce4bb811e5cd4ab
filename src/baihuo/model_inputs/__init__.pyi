from .columns import (
    AT_SERVING,
    REQUEST_COLUMNS,
    InteractionHistory,
    ModelRequest,
    click_columns,
    missing_columns,
    request_columns,
)
from .evidence import EVIDENCE_COLUMNS, evidence_columns
from .transformed import TransformedColumns, title_of
from .visits import Visits, index_rows, visits

__all__ = [
    "AT_SERVING",
    "EVIDENCE_COLUMNS",
    "REQUEST_COLUMNS",
    "InteractionHistory",
    "ModelRequest",
    "TransformedColumns",
    "Visits",
    "click_columns",
    "evidence_columns",
    "index_rows",
    "missing_columns",
    "request_columns",
    "title_of",
    "visits",
]
