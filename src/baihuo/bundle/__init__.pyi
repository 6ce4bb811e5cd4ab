from .clicks import CLICK_MODELS, CLICKS_FOLDER, ClickModels, OrderBy, Scored, click_parts, combined
from .folder import Bundle, Part, write
from .live import LiveBundles, Pair, previous, read_live, roll_back, set_live
from .purchases import Purchases
from .search_order import RELEVANCE_FOLDER, RELEVANT_WITHIN, SearchOrder, banded
from .transforms import open_transforms

__all__ = [
    "CLICKS_FOLDER",
    "CLICK_MODELS",
    "RELEVANCE_FOLDER",
    "RELEVANT_WITHIN",
    "Bundle",
    "ClickModels",
    "LiveBundles",
    "OrderBy",
    "Pair",
    "Part",
    "Purchases",
    "Scored",
    "SearchOrder",
    "banded",
    "click_parts",
    "combined",
    "open_transforms",
    "previous",
    "read_live",
    "roll_back",
    "set_live",
    "write",
]
