from .dataset import Dataset
from .kinds import CASES, Kind, kind_of, read_kinds
from .mutators import FlatRow, Unfit, make
from .pictures import draw
from .rows import ANY, EVENTS, PRODUCTS, Case, Key, NoRoom, Row, Shop

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
    "read_kinds",
]
