"""Logged pages that a bundle is examined on: those that neither trained nor chose its models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.bundle import Bundle

MOST_PAGES = 1_000
"""Of each surface, the newest ones: making a page again takes some ten milliseconds of CPU."""


def tested_from(bundle: Bundle) -> int:
    """When the pages begin that its click models were tested on, microseconds UTC; 0 without click models."""
    report = bundle.json("report.json")
    return int(report["clicks"]["split"]["test_from_us"]) if "clicks" in report else 0


def read_pages(examples: Path, columns: Sequence[str], *, since_us: int) -> list[dict[str, Any]]:
    """Rows of the pages shown at ``since_us`` or later, oldest first.

    On a small shop the newest few hundred pages reach back into those that a model learned from, which would look
    better than it is.

    Args:
        examples: The pages, from :func:`baihuo.train.click_data`.
        columns: Which, ``at_us`` among them.
    """
    table = pq.read_table(examples, columns=list(columns))
    return table.filter(pc.greater_equal(table["at_us"], since_us)).to_pylist()
