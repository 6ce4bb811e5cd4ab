from .clicks import CLICKS_FOLDER, ClickModels, Scored, click_parts
from .folder import Bundle, Part, write
from .live import LiveBundles, Pair, previous, read_live, roll_back, set_live
from .newcomers import newcomer_parts, open_newcomers
from .next_items import NextItems
from .purchases import Purchases
from .search_order import (
    RELEVANCE_FOLDER,
    RELEVANT_WITHIN,
    OrderColumns,
    SearchOrder,
    banded,
    word_match,
    words_first,
)
from .stored_models import model_parts, open_stored, require_readable, stored_files
from .transforms import open_transforms

__all__ = [
    "CLICKS_FOLDER",
    "RELEVANCE_FOLDER",
    "RELEVANT_WITHIN",
    "Bundle",
    "ClickModels",
    "LiveBundles",
    "NextItems",
    "OrderColumns",
    "Pair",
    "Part",
    "Purchases",
    "Scored",
    "SearchOrder",
    "banded",
    "click_parts",
    "model_parts",
    "newcomer_parts",
    "open_newcomers",
    "open_stored",
    "open_transforms",
    "previous",
    "read_live",
    "require_readable",
    "roll_back",
    "set_live",
    "stored_files",
    "word_match",
    "words_first",
    "write",
]
