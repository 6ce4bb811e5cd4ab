"""Cleaning without one check, with nothing but the import, or without what the import itself leaves out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from baihuo.connect import online_retail
from baihuo.quality.findings import FINDING_COLUMNS, FindingsStore

NOT_A_PRODUCT = "not_a_product"
"""A rule of the import: postage, fees and vouchers of Online Retail."""


@contextmanager
def without(checks: Collection[str] | None) -> Iterator[None]:
    """Within, these checks find nothing; None: no check finds anything.

    Later checks see every row that such a check would have quarantined or repaired, as it was imported.
    """
    kept = "false" if checks is None else _none_of(checks)
    original = FindingsStore.record

    def record(
        store: FindingsStore, step: str, found: list[str], **inputs: Path | list[Path] | pa.Table
    ) -> bool:
        left = [f"SELECT {FINDING_COLUMNS} FROM ({one}) WHERE {kept}" for one in found]
        return original(store, step, left, **inputs)

    FindingsStore.record = record  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        FindingsStore.record = original  # type: ignore[method-assign]


@contextmanager
def everything_is_a_product() -> Iterator[None]:
    """Within, the import of Online Retail keeps postage, fees and vouchers."""
    before = online_retail._IS_PRODUCT
    online_retail._IS_PRODUCT = "true"
    try:
        yield
    finally:
        online_retail._IS_PRODUCT = before


def _none_of(checks: Collection[str]) -> str:
    return f"rule NOT IN ({', '.join(repr(c) for c in sorted(checks))})" if checks else "true"
