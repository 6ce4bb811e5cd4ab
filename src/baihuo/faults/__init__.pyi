from .areas import AREAS as AREAS, all_faults as all_faults
from .dataset import Dataset as Dataset, Fault as Fault, Row as Row, Table as Table
