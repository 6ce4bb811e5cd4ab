"""Which impressions chance placed: on our own pages and on those of another shop, beside what shoppers really looked at."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.core import Page, Placed, Query, Served, Surface
from baihuo.engine import DuckTables
from baihuo.evaluate import examination_by_surface
from baihuo.monitor.placements import placements
from baihuo.rank import Exploration
from baihuo.simulate.clicks import DECAY, look
from baihuo.simulate.placing import place
from baihuo.train.clicks.drawn import drawn_impressions

N, PAGE_SIZE = 40, 10
APPEAL = 0.5 * 0.93 ** np.arange(N)  # the best is on top: clicks by position mislead
EXPLORATION = Exploration(swap_probability=0.2, slot_probability=0.4, reach=N - PAGE_SIZE)
COLUMNS = (
    "query_id",
    "visitor_id",
    "product_id",
    "surface",
    "position",
    "propensity",
    "is_clicked",
)


def seen(model: str, order: list[int], dice: random.Random) -> tuple[list[bool], list[float]]:
    """Clicks on the products of a page, and how likely each position was looked at."""
    looked = look(model, dice.choice(tuple(DECAY)), APPEAL[order].tolist(), dice)
    return looked.is_clicked, looked.examination


def examples(rows: Sequence[tuple[object, ...]]) -> pa.Table:
    return pa.table({n: [r[i] for r in rows] for i, n in enumerate(COLUMNS)}).set_column(
        5, "propensity", pa.array([r[5] for r in rows], pa.float64())
    )


def own_page(n: int, exploration: Exploration) -> Served:
    query_id, visitor_id = f"q{n}", f"v{n % 700}"
    drawn = exploration.explore(N, page_size=PAGE_SIZE, seed=3, query_id=query_id)
    placed = tuple(
        Placed(
            product_id=str(drawn.order[i]),
            position=i + 1,
            score=0.1,
            propensity=float(drawn.propensity[i]),
            reason="matches",
        )
        for i in range(PAGE_SIZE)
    )
    page = Page(
        query_id=query_id,
        surface="home",
        bundle_id="b",
        index_id="i",
        placed=placed,
        page=1,
        page_size=PAGE_SIZE,
        total=N,
        extra={"n_ranked": N, "seed": 3, "is_explored": True, "exploration": asdict(exploration)},
    )
    return Served(
        query=Query(query_id=query_id, surface=Surface.HOME, visitor_id=visitor_id, at_us=n),
        page=page,
        order=tuple(str(i) for i in drawn.order),
        feature_names=(),
        features=np.zeros((PAGE_SIZE, 0), np.float32),
        served_at_us=n,
    )


@pytest.mark.parametrize("model", ["position", "cascade"])
def test_swaps_and_random_slots_of_our_own_pages_tell_examination(
    model: str, tmp_path: Path
) -> None:
    pages, dice = [own_page(n, EXPLORATION) for n in range(5_000)], random.Random(6_021)
    rows, looked = [], []
    for served in pages:
        ids = [p.product_id for p in served.page.placed]
        clicks, examined = seen(model, [int(i) for i in ids], dice)
        looked.append(examined)
        who = (served.page.query_id, served.query.visitor_id)
        # Browsers do not send the propensity back: only the log has it.
        rows += [(*who, ids[i], "home", i + 1, None, int(clicks[i])) for i in range(PAGE_SIZE)]
    file = tmp_path / "placements.parquet"
    pq.write_table(placements(pages).rows, file)
    drawn = drawn_impressions(DuckTables(threads=1), examples(rows), file)
    curve = examination_by_surface(drawn, seed=1)["home"]
    truth = np.mean(looked, axis=0)
    for k in (2, 4, 7, 10):
        found = curve.interval(k)
        assert found.low - 0.02 <= truth[k - 1] <= found.high + 0.02, f"{k}: {truth[k - 1]} {found}"
        assert found.high - found.low < 0.35
    by_position = np.array([r[-1] for r in rows], float).reshape(-1, PAGE_SIZE).mean(axis=0)
    assert by_position[9] / by_position[0] < 0.75 * truth[9], "clicks by position would mislead"


@pytest.mark.parametrize("model", ["position", "cascade"])
def test_low_propensities_of_an_imported_log_tell_examination(model: str) -> None:
    dice, rows, looked = random.Random(40_961), [], []
    for n in range(12_000):
        order, chances = place(N, PAGE_SIZE, dice)
        clicks, examined = seen(model, order, dice)
        if (
            min(chances) < 0.01
        ):  # drawn evenly: in a cascade the duller products above let more people through
            looked.append(examined)
        who = (f"q{n}", f"v{n % 900}")
        rows += [
            (*who, str(order[i]), "search", i + 1, chances[i], int(clicks[i]))
            for i in range(PAGE_SIZE)
        ]
    drawn = drawn_impressions(DuckTables(threads=1), examples(rows), None)
    assert 0.06 < len(drawn) / len(rows) < 0.08, "the pages that were drawn evenly"
    curve, truth = examination_by_surface(drawn, seed=1)["search"], np.mean(looked, axis=0)
    for k in (2, 4, 7, 10):
        found = curve.interval(k)
        assert found.low - 0.03 <= truth[k - 1] <= found.high + 0.03, f"{k}: {truth[k - 1]} {found}"


def test_products_that_may_not_change_places_are_not_compared(tmp_path: Path) -> None:
    still = Exploration(swap_probability=0.0, slot_probability=0.4, reach=N - PAGE_SIZE)
    apart = Exploration(swap_probability=0.3, slot_probability=0, kept_apart=(0,))
    for exploration, n_expected in ((still, None), (apart, 0)):
        served = [own_page(n, exploration) for n in range(50)]
        rows = [
            (s.page.query_id, "v", p.product_id, "home", p.position, None, 0)
            for s in served
            for p in s.page.placed
        ]
        pq.write_table(placements(served).rows, tmp_path / "p.parquet")
        drawn = drawn_impressions(DuckTables(threads=1), examples(rows), tmp_path / "p.parquet")
        if n_expected is None:
            slots = sum(int(p.product_id) >= PAGE_SIZE for s in served for p in s.page.placed)
            assert len(drawn) == slots > 0
        else:
            assert (drawn.position == 1).sum() == 0, "the first product never moves"
            assert len(drawn) > 0
