"""The table engine: SQL over Parquet files, and record batches in and out."""

from baihuo.engine.column_max import column_max
from baihuo.engine.tables import DuckTables, Source, Tables, parquet_files, written_whole

__all__ = ["DuckTables", "Source", "Tables", "column_max", "parquet_files", "written_whole"]
