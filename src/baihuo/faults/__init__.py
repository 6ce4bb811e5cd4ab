"""Known faults for clean rows, with the truth kept: what data checks are measured by."""

from baihuo.faults.areas import AREAS
from baihuo.faults.dataset import Dataset
from baihuo.faults.fault import Fault

__all__ = ["AREAS", "Dataset", "Fault"]
