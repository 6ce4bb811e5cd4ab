"""Orders of shoppers behind one interface: SQLite by default, a shop's own HTTP API, tau-bench's files."""
