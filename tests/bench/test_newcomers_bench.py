"""First pages of new visitors: a gain is uncertain by shops, for everybody without basic information gets one page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

import newcomers
from suites.tables.newcomers import newcomers as drawn

SHOPS, PEOPLE = (0.02, -0.01, 0.03, 0.05), 50


def _lines(gains: Sequence[float], capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    """What is reported of shops whose people all gain what their shop gains."""
    rng = np.random.default_rng(4)
    made: list[Any] = []
    for gain in gains:
        before = rng.uniform(0.1, 0.2, PEOPLE)
        values = {
            "popularity": before,
            "without_basics": before + gain,
            "with_basics": before + 2 * gain,
        }
        made.append((_People(np.arange(PEOPLE) % 2 == 0), values))
    newcomers.report(made)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {row["system"]: row for row in rows}


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    return _lines(SHOPS, capsys)


class _People:
    def __init__(self, has_declared: np.ndarray) -> None:
        self.has_declared = has_declared

    def __len__(self) -> int:
        return len(self.has_declared)


def test_the_interval_is_students_over_shops(lines: dict[str, dict[str, Any]]) -> None:
    found = lines["without_basics"]
    expected = stats.ttest_1samp(SHOPS, 0).confidence_interval(0.95)
    assert found["minus_popularity"]["mid"] == pytest.approx(np.mean(SHOPS), abs=1e-4)
    assert found["minus_popularity"]["low"] == pytest.approx(expected.low, abs=1e-4)
    assert found["minus_popularity"]["high"] == pytest.approx(expected.high, abs=1e-4)
    assert found["minus_popularity_by_shop"] == pytest.approx(SHOPS, abs=1e-4)
    assert (found["n"], found["n_shops"]) == (200, 4)


def test_the_page_shows_what_was_measured(lines: dict[str, dict[str, Any]]) -> None:
    text = drawn(list(lines.values()))
    assert text.count("\n") == 4
    gain = lines["with_basics"]["minus_popularity"]
    assert f"+0.045 [{gain['low']:+.3f}, {gain['high']:+.3f}]" in text


def test_one_shop_has_no_interval(capsys: pytest.CaptureFixture[str]) -> None:
    found = _lines([0.02], capsys)
    assert "minus_popularity" not in found["without_basics"]
    assert found["without_basics"]["minus_popularity_by_shop"] == [0.02]
    assert "| – | +0.020 | – |" in drawn(list(found.values()))
