"""Imports: files of several formats to the shop's events and products."""

from baihuo.connect.bandit_log import BanditLog, read_bandit_log
from baihuo.connect.folders import data_files
from baihuo.connect.import_manifest import ImportRecord, imports, segment, segments, withdraw
from baihuo.connect.import_manifest import quarantine as refused
from baihuo.connect.importing import ImportResult, import_files
from baihuo.connect.rows import Mask, Options

__all__ = [
    "BanditLog",
    "ImportRecord",
    "ImportResult",
    "Mask",
    "Options",
    "data_files",
    "import_files",
    "imports",
    "read_bandit_log",
    "refused",
    "segment",
    "segments",
    "withdraw",
]
