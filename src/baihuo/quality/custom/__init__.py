"""Custom checks: files of SQL or Python beside ``quality.yaml``."""
