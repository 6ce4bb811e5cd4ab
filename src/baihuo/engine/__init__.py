"""Tables at rest: SQL, and record batches in and out."""

from baihuo.engine.tables import DuckTables, Source, Tables, written_whole

__all__ = ["DuckTables", "Source", "Tables", "written_whole"]
