"""Workers that are killed while they charge: nothing is lost, doubled or overspent."""

from __future__ import annotations

from pathlib import Path

import pytest

from suites.ads.ledger_kills import kill_workers


@pytest.mark.slow(reason="twenty processes are started and killed while they write")
def test_twenty_kills_lose_and_double_no_click(tmp_path: Path) -> None:
    killed = kill_workers(tmp_path, kills=20, seed=5, seconds=20)
    assert killed.kills >= 5  # on a busy machine the time may end first
    assert killed.limited > 0  # budgets were at their end
    assert (killed.lost, killed.doubles, killed.overspend_minor) == (0, 0, 0)
    assert killed.charged >= killed.acknowledged
    assert killed.charged - killed.acknowledged <= killed.kills + 2  # in flight when killed
    assert killed.problems == ()
