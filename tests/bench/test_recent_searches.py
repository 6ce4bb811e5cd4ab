"""What a visitor had searched for: only before the page, never its own words, and the columns made of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from baihuo.engine import DuckTables
from suites.recent_searches.columns import COLUMNS, QueryVectors, searched
from suites.recent_searches.history import PastSearches

HOUR_US = 3_600_000_000


def _past() -> PastSearches:
    rows = [
        ("v1", "q1", "red kettle", 1),
        ("v1", "q1", "red kettle", 2),  # a click of the same page
        ("v1", "q2", "杯子", 3),
        ("v1", "q3", "Red  Kettle", 5),
        ("v1", "q4", None, 6),
        ("v1", "q5", "lamp", 9),
        ("v2", "q6", "sofa", 4),
    ]
    names = ("visitor_id", "query_id", "query_text", "hour")
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    at_us = pa.array([row[3] * HOUR_US for row in rows])
    events = table.append_column("received_at_us", at_us)
    return PastSearches.read(DuckTables(threads=1), events)


def test_only_what_was_searched_for_before_the_page_newest_first_and_once() -> None:
    texts, at_us = _past().before("v1", 9 * HOUR_US)
    assert texts == ["Red  Kettle", "杯子"]
    assert at_us.tolist() == [5 * HOUR_US, 3 * HOUR_US]


def test_the_words_of_the_page_itself_do_not_come_back() -> None:
    texts, _ = _past().before("v1", 9 * HOUR_US, but="RED kettle")
    assert texts == ["杯子"]
    assert _past().before("v3", 9 * HOUR_US)[0] == []


class _Space:
    """Two words of a space of two numbers, one for each script."""

    def __init__(self, name: str, vectors: dict[str, list[float]]) -> None:
        self.name, self._vectors = name, vectors

    def encode(self, texts: list[str]) -> Any:
        return np.array([self._vectors[text] for text in texts], np.float32)


def test_each_script_is_compared_in_its_space_and_the_newer_search_counts_more() -> None:
    latin = _Space("latin", {"kettle": [1, 0], "lamp": [0, 1]})
    han = _Space("han", {"杯子": [1, 0]})
    products = {
        "latin": np.array([[1, 0], [0, 1], [0, 0]], np.float32),
        "han": np.array([[0, 0], [0, 0], [1, 0]], np.float32),
    }
    encoders = SimpleNamespace(for_text=lambda text: han if text == "杯子" else latin)
    generation = SimpleNamespace(encoders=encoders, vectors=products.__getitem__)
    vectors = QueryVectors(cast("Any", generation))
    rows = np.arange(3, dtype=np.int32)
    ages = np.array([1, 2, 3], np.float32)
    values = searched(vectors, rows, ["kettle", "lamp", "杯子"], ages)
    hour = values[:, COLUMNS.index("searched_hour")]
    np.testing.assert_allclose(hour, [1 / 1.25**0.5, 0.5 / 1.25**0.5, 1], rtol=1e-5)
    np.testing.assert_allclose(values[:, COLUMNS.index("searched_best")], [1, 1, 1])
    last = values[:, COLUMNS.index("searched_last")]
    assert last[:2].tolist() == [1, 0]
    assert np.isnan(last[2])
    assert np.isnan(searched(vectors, rows, [], np.zeros(0, np.float32))).all()
