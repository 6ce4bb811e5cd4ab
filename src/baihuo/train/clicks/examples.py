"""Impressions with their outcomes: the examples that click models learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from baihuo.core import ATTRIBUTION_MINUTES, BadInput
from baihuo.engine import Source, Tables, sql_file

MINUTE_US = 60_000_000
DAY_US = 86_400_000_000

_EXAMPLES = sql_file(__file__, "examples")


def impressions(
    tables: Tables,
    *,
    events: Source,
    out: Path,
    attribution_minutes: int = ATTRIBUTION_MINUTES,
) -> int:
    """Write one row an impression, with its outcome, in the order of the pages; returns the rows.

    A page is a ``query_id``; its time is when we received its first event, so nothing of the page itself
    counts as its past. A click counts for the impression of its own page within the attribution
    window; a cart or purchase also counts where it names no page. Impressions so late that their window had
    not closed when the log ended are left out, not called "not clicked".

    On similar, the product looked at is the visitor's last click before the page.

    Args:
        events: Clean events.
        out: The Parquet file: ``example_id`` 0, 1, …, ``event_id`` (of the impression), ``query_id``,
            ``visitor_id``, ``product_id``, ``surface``, ``query_text``, ``device``, ``platform``, ``anchor_id``,
            ``position``, ``propensity``, ``at_us``, ``is_clicked`` 0 or 1, ``gain`` 0, or by the
            best outcome 1 (click), 2 (cart), 3 (purchase): what an order earns doubles with each.
        attribution_minutes: Time allowed for the outcome, on the visitor's clock.
    """
    tables.sql(_EXAMPLES(window_us=attribution_minutes * MINUTE_US), out=out, events=events)
    counted = tables.sql("SELECT count(*) AS n FROM examples", examples=out)
    return int(counted.column("n")[0].as_py())


@dataclass(frozen=True, slots=True)
class Split:
    """Times that cut the pages into train, validation and test: ``[start, next)``, UTC."""

    train_from_us: int
    validation_from_us: int
    test_from_us: int
    until_us: int  # one past the newest page

    def to_json(self) -> dict[str, int]:
        """As written into reports."""
        return {
            "train_from_us": self.train_from_us,
            "validation_from_us": self.validation_from_us,
            "test_from_us": self.test_from_us,
            "until_us": self.until_us,
        }


def split_by_time(
    examples: pa.Table,
    *,
    validation_share: float = 0.15,
    test_share: float = 0.15,
    only_tests: bool = False,
) -> Split:
    """Cut where the shares of rows fall, between pages: the newest rows test.

    A model serves days it has not seen, so a random split would overestimate it: rows of one
    visit would be on both sides.

    Args:
        only_tests: No row trains: all that are not in the test's share validate.

    Raises:
        BadInput: a part would be empty.
    """
    at_us = examples.column("at_us").to_numpy()
    n = len(at_us)
    first_test = int(n * (1 - test_share))
    first_validation = 0 if only_tests else int(n * (1 - test_share - validation_share))
    n_parts = 2 if only_tests else 3
    if n == 0 or len({at_us[0], at_us[first_validation], at_us[first_test]}) < n_parts:
        raise BadInput(
            f"{n} impressions are too few pages to train, validate and test on",
            fix="import more history, or train from purchases only",
        )
    return Split(
        int(at_us[0]), int(at_us[first_validation]), int(at_us[first_test]), int(at_us[-1]) + 1
    )
