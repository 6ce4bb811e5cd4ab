"""Bundles of models: immutable hashed folders, readers of their parts, and the pointer to the live one."""

from baihuo.bundle.clicks import ClickModels, Scored
from baihuo.bundle.folder import Bundle, Part, write
from baihuo.bundle.live import LiveBundles, Pair, previous, read_live, roll_back, set_live
from baihuo.bundle.transforms import open_transforms

__all__ = [
    "Bundle",
    "ClickModels",
    "LiveBundles",
    "Pair",
    "Part",
    "Scored",
    "open_transforms",
    "previous",
    "read_live",
    "roll_back",
    "set_live",
    "write",
]
