"""Rows kept by a step for its later queries, so that the whole log is not read for a few of them again.

A step writes down the rows that any of its queries may need (:meth:`FindingsStore.rows` in a narrower file);
read again through here they are as they are now: without what was taken out since, and repaired.
"""

from __future__ import annotations

from baihuo.quality.engine.findings import FindingsStore


def rows_of(ledger: FindingsStore, name: str, *columns: str) -> str:
    """:meth:`FindingsStore.rows`, of the input ``name`` instead of all raw rows; it has ``columns``."""
    return ledger.rows(*columns).replace("FROM raw", f"FROM {name} AS raw", 1)
