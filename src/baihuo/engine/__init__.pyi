from .disk import (
    full_disk_named as full_disk_named,
    is_full_disk as is_full_disk,
    link_or_copy as link_or_copy,
    sync as sync,
)
from .parquet_rows import column_max as column_max
from .row_removal import (
    RowChoice as RowChoice,
    RowMask as RowMask,
    count_rows_where as count_rows_where,
    remove_rows as remove_rows,
)
from .sealed_folder import (
    SUMS as SUMS,
    seal_folder as seal_folder,
    verify_folder as verify_folder,
)
from .sql_files import (
    sql_file as sql_file,
    sql_text as sql_text,
)
from .tables import (
    DuckTables as DuckTables,
    Source as Source,
    Tables as Tables,
    parquet_files as parquet_files,
    written_whole as written_whole,
)
