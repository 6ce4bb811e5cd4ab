from .clicks import CLICK_MODELS, CLICKS_FOLDER, ClickModels, OrderBy, Scored, click_parts, combined
from .folder import Bundle, Part, write
from .live import LiveBundles, Pair, previous, read_live, roll_back, set_live
from .purchases import Purchases
from .transforms import open_transforms

__all__ = [
    "CLICKS_FOLDER",
    "CLICK_MODELS",
    "Bundle",
    "ClickModels",
    "LiveBundles",
    "OrderBy",
    "Pair",
    "Part",
    "Purchases",
    "Scored",
    "click_parts",
    "combined",
    "open_transforms",
    "previous",
    "read_live",
    "roll_back",
    "set_live",
    "write",
]
