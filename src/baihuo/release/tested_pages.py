"""Logged pages to test a bundle on: those that neither trained nor selected its models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.bundle import Bundle

MOST_PAGES = 1_000
"""Newest pages for each surface: replaying one takes some ten milliseconds of CPU."""


def tested_from(bundle: Bundle) -> int:
    """Return the start of the test pages of its click models, microseconds UTC; 0 without click models."""
    report = bundle.json("report.json")
    return int(report["clicks"]["split"]["test_from_us"]) if "clicks" in report else 0


def read_pages(examples: Path, columns: Sequence[str], *, since_us: int) -> list[dict[str, Any]]:
    """Rows of the pages shown at ``since_us`` or later, oldest first.

    A fixed number of newest pages would include training pages in a small shop.

    Args:
        examples: The pages, from :func:`baihuo.train.click_data`.
        columns: Columns to read, with ``at_us``.
    """
    table = pq.read_table(examples, columns=list(columns))
    return table.filter(pc.greater_equal(table["at_us"], since_us)).to_pylist()
