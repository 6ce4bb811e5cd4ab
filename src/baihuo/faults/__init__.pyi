from .areas import AREAS, all_faults
from .dataset import Dataset, Row, Table
from .fault import Fault

__all__ = [
    "AREAS",
    "Dataset",
    "Fault",
    "Row",
    "Table",
    "all_faults",
]
