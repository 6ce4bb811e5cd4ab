"""The report's drawings: inline, whole, and true to the counts."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from baihuo.quality import PastRun, StepCount
from baihuo.quality.report.charts import sankey, trend
from baihuo.quality.report.history import with_run


def steps(n: int) -> list[StepCount]:
    return [
        StepCount("erasure", "events", n, n - 10, 0, 0, 0, 10),
        StepCount("schema", "events", n - 10, n - 11, 1, 0, 5),
        StepCount("times", "events", n - 11, n - 11, 0, 0, 0),
        StepCount("order", "events", n - 11, n - 11, 0, 0, 0),
        StepCount("<b>", "events", n - 11, n - 31, 0, 20, 0),
    ]


def run(i: int, **touched: float) -> PastRun:
    return PastRun(
        run_id=str(i),
        checked_at_us=1_750_000_000_000_000 + i,
        verdict="stop" if i == 1 else "ok",
        rules_version="r",
        n_in={},
        n_kept={},
        touched=touched,
    )


def test_the_sankey_shows_where_every_row_went_even_one_in_a_million() -> None:
    drawn = sankey(steps(1_000_000))
    ET.fromstring(drawn)
    said = set(re.findall(r"<title>(.*?)</title>", drawn))
    assert {"schema: 1 quarantined", "erasure: 10 erased", "schema: 5 repaired"} <= said
    assert "&lt;b&gt;: 20 merged" in said
    assert "999,969 kept" in said
    assert "2 steps" in drawn  # neighbours that touched nothing
    thin = re.search(r'class="quarantined" [^>]*height="([\d.]+)"', drawn)
    assert thin is not None
    assert float(thin[1]) >= 2  # a hair, not nothing


def test_a_table_that_nothing_was_found_in_is_drawn_too() -> None:
    ET.fromstring(sankey([StepCount("schema", "events", 0, 0, 0, 0, 0)]))
    drawn = sankey([StepCount("schema", "events", 5, 5, 0, 0, 0)])
    assert "quarantined" not in drawn


def test_the_trend_draws_the_steps_that_touched_most_and_marks_stopped_runs() -> None:
    names = {f"events.s{i}": i / 100 for i in range(12)}
    drawn = trend([run(i, **names) for i in range(3)])
    ET.fromstring(drawn)
    assert drawn.count("<polyline") == 8
    assert "events.s11" in drawn
    assert "events.s1<" not in drawn
    assert drawn.count("<title>stopped</title>") == 1
    ET.fromstring(trend([run(0), run(1)]))  # nothing was ever touched


def test_the_same_run_stands_in_the_history_once_and_only_the_last_thousand_do() -> None:
    runs = with_run(with_run((), run(1)), run(1))
    assert len(runs) == 1
    for i in range(2, 1_200):
        runs = with_run(runs, run(i))
    assert (len(runs), runs[-1].run_id) == (1_000, "1199")
