from .dataset import Dataset as Dataset
from .kinds import kind_of as kind_of, plant as plant, read_kinds as read_kinds
from .mutators import FlatRow as FlatRow, Unfit as Unfit, make as make
from .pictures import draw as draw
from .rows import (
    ANY as ANY,
    EVENTS as EVENTS,
    PRODUCTS as PRODUCTS,
    Case as Case,
    Key as Key,
    NoRoom as NoRoom,
    Row as Row,
    Shop as Shop,
)
from .scene import CASES as CASES, Kind as Kind
