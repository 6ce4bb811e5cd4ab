from .bandit_log import BanditLog, read_bandit_log
from .csv_header import cells_by_name
from .erasing import forget_refused, forget_rows
from .folders import data_files
from .import_manifest import (
    ImportRecord,
    imports,
    locked,
    refused_file,
    segment,
    segments,
    withdraw,
    withheld_file,
)
from .importing import ImportResult, import_files
from .rows import Mask, Options

__all__ = [
    "BanditLog",
    "ImportRecord",
    "ImportResult",
    "Mask",
    "Options",
    "cells_by_name",
    "data_files",
    "forget_refused",
    "forget_rows",
    "import_files",
    "imports",
    "locked",
    "read_bandit_log",
    "refused_file",
    "segment",
    "segments",
    "withdraw",
    "withheld_file",
]
