"""Runs ``soda_rules.yml`` and keeps every failed row, not a sample."""

from pathlib import Path

import yaml
from soda.sampler.sampler import Sampler
from soda.scan import Scan

_EVERY_ROW = 1_000_000_000


class _Keep(Sampler):
    def __init__(self):
        self.bad = set()

    def store_sample(self, sample_context):
        names = [column.name for column in sample_context.sample.get_schema().columns]
        at = names.index("line")
        for row in sample_context.sample.get_rows():
            self.bad.add((int(row[at]), sample_context.check_name))


def _with_all_samples(check):
    ((what, options),) = check.items() if isinstance(check, dict) else {check: {}}.items()
    return {what: {**(options or {}), "samples limit": _EVERY_ROW}}


def found(table: str, connection):
    """(line, rule) of every row that fails."""
    scan = Scan()
    scan.disable_telemetry()
    scan.add_duckdb_connection(connection, data_source_name="shop")
    scan.set_data_source_name("shop")
    scan.sampler = keep = _Keep()
    every = yaml.safe_load((Path(__file__).parent / "soda_rules.yml").read_text(encoding="utf-8"))
    checks = [_with_all_samples(check) for check in every[f"checks for {table}"]]
    scan.add_sodacl_yaml_str(yaml.safe_dump({f"checks for {table}": checks}, allow_unicode=True))
    scan.execute()
    if scan.has_error_logs():
        raise RuntimeError(scan.get_error_logs_text())
    return keep.bad
