"""Planted lies are not sent, and honest paraphrases mostly are. The floors are of what was measured (docs/decisions/0035)."""

from __future__ import annotations

from pathlib import Path

import pytest

from suites.assist.words_exam import Result, examine

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def built_with() -> Result:
    return examine(HERE / "lies.yaml")


def test_lies_that_the_check_was_built_with_are_caught_in_every_kind(built_with: Result) -> None:
    assert built_with.caught_share >= 0.98, built_with.missed
    low = {k: n for k, n in built_with.lies.items() if built_with.caught[k] < 0.9 * n}
    assert not low


def test_few_honest_paraphrases_are_sent_back(built_with: Result) -> None:
    assert built_with.false_alarm_share <= 0.03, built_with.false_alarms


def test_an_exam_that_nothing_was_tuned_on() -> None:
    """The check is strict: of an honest sentence with a word that it does not know, the shop's own goes out."""
    result = examine(HERE / "reported.yaml")
    assert result.caught_share >= 0.95, result.missed
    assert result.false_alarm_share <= 0.17, result.false_alarms
