"""A shop's own checks: files of SQL or Python beside ``quality.yaml``."""
