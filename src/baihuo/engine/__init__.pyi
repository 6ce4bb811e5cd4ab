from .column_max import column_max
from .disk import full_disk_named, is_full_disk, link_or_copy, sync
from .row_removal import RowChoice, RowMask, count_rows_where, remove_rows
from .sealed_folder import SUMS, seal_folder, verify_folder
from .sql_files import sql_file, sql_text
from .tables import DuckTables, Source, Tables, parquet_files, written_whole
from .text_ranges import text_ranges

__all__ = [
    "SUMS",
    "DuckTables",
    "RowChoice",
    "RowMask",
    "Source",
    "Tables",
    "column_max",
    "count_rows_where",
    "full_disk_named",
    "is_full_disk",
    "link_or_copy",
    "parquet_files",
    "remove_rows",
    "seal_folder",
    "sql_file",
    "sql_text",
    "sync",
    "text_ranges",
    "verify_folder",
    "written_whole",
]
