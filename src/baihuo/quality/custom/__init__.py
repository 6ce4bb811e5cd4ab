"""Custom checks: files of SQL or Python next to ``quality.yaml``."""
