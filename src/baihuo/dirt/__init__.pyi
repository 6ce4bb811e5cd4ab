from .dataset import Dataset
from .kinds import kind_of, plant, read_kinds
from .mutators import FlatRow, Unfit, make
from .pictures import draw
from .rows import ANY, EVENTS, PRODUCTS, Case, Key, NoRoom, Row, Shop
from .scene import CASES, Kind

__all__ = [
    "ANY",
    "CASES",
    "EVENTS",
    "PRODUCTS",
    "Case",
    "Dataset",
    "FlatRow",
    "Key",
    "Kind",
    "NoRoom",
    "Row",
    "Shop",
    "Unfit",
    "draw",
    "kind_of",
    "make",
    "plant",
    "read_kinds",
]
