"""Rows that a step kept for its later queries, so that the whole log is not scanned again for a few of them.

A step writes the rows that any of its queries may need into a narrower file. :func:`rows_of` reads that
file as :meth:`FindingsStore.rows` reads the raw rows: without rows removed since, and with repairs applied.
"""

from __future__ import annotations

from baihuo.quality.engine.findings import FindingsStore


def rows_of(findings: FindingsStore, source: str, *columns: str) -> str:
    """:meth:`FindingsStore.rows` of the input ``source``, which has ``columns``, instead of all raw rows."""
    return findings.rows(*columns).replace("FROM raw", f"FROM {source} AS raw", 1)
