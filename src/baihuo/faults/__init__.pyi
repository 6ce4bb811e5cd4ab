from .areas import AREAS as AREAS, all_faults as all_faults
from .dataset import Dataset as Dataset, Row as Row, Table as Table
from .fault import Fault as Fault
