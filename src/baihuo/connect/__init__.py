"""What comes in: files of many shapes, each to the shop's events and products."""

from baihuo.connect.folders import data_files
from baihuo.connect.importing import ImportResult, import_files
from baihuo.connect.ledger import ImportRecord, imports, segment, segments, withdraw
from baihuo.connect.ledger import quarantine as refused
from baihuo.connect.rows import Mask, Options

__all__ = [
    "ImportRecord",
    "ImportResult",
    "Mask",
    "Options",
    "data_files",
    "import_files",
    "imports",
    "refused",
    "segment",
    "segments",
    "withdraw",
]
