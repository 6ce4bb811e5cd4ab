from .column_max import column_max
from .disk import full_disk_named, is_full_disk, link_or_copy
from .sql_files import sql_file
from .tables import DuckTables, Source, Tables, parquet_files, written_whole

__all__ = [
    "DuckTables",
    "Source",
    "Tables",
    "column_max",
    "full_disk_named",
    "is_full_disk",
    "link_or_copy",
    "parquet_files",
    "sql_file",
    "written_whole",
]
