"""Estimates from served pages against shoppers whose clicks are known to the last probability."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baihuo.core import NotFound, Page, Placed, Query, Served, Surface
from baihuo.engine import DuckTables
from baihuo.evaluate import PolicyValue
from baihuo.events import ServedLog
from baihuo.flow.checking import served_placements
from baihuo.monitor.placements import placements, seen_placements
from baihuo.monitor.policies import policy_report
from baihuo.rank import Exploration
from baihuo.settings import Shop

N, PAGE_SIZE = 40, 8
LIVELY = Exploration(swap_probability=0.3, slot_probability=0.6)
STILL = Exploration(swap_probability=0, slot_probability=0)
APPEAL = np.random.default_rng(11).uniform(0.02, 0.6, N)
"""Of the product at each place of the order: the best is not on top."""
SEEN = 1 / np.arange(1, PAGE_SIZE + 1) ** 0.5  # how much of its appeal a position lets through


def _page(n: int, exploration: Exploration) -> Served:
    query_id, ids = f"q{n}", np.array([f"p{i}" for i in range(N)])
    drawn = exploration.explore(N, page_size=PAGE_SIZE, seed=3, query_id=query_id)
    order = ids[drawn.order]
    placed = tuple(
        Placed(
            product_id=str(order[i]),
            position=i + 1,
            score=0.1,
            propensity=float(drawn.propensity[i]),
            reason="matches",
        )
        for i in range(PAGE_SIZE)
    )
    query = Query(query_id=query_id, surface=Surface.SEARCH, visitor_id=f"v{n % 900}", at_us=n)
    page = Page(
        query_id=query_id,
        surface="search",
        bundle_id="b",
        index_id="i",
        placed=placed,
        page=1,
        page_size=PAGE_SIZE,
        total=N,
        extra={"n_ranked": N, "seed": 3, "is_explored": True, "exploration": asdict(exploration)},
    )
    return Served(
        query=query,
        page=page,
        order=tuple(order),
        feature_names=(),
        features=np.zeros((PAGE_SIZE, 0), np.float32),
        served_at_us=n,
    )


def _outcomes(pages: list[Served]) -> pa.Table:
    """Everything came into view; clicks fall by appeal and position, a tenth of them buy."""
    placed = [(s.page.query_id, p.product_id, p.position) for s in pages for p in s.page.placed]
    p_click = np.array([APPEAL[int(p[1:])] * SEEN[at - 1] for _, p, at in placed])
    rng = np.random.default_rng(5)  # its own: no other test's draws change it
    clicks = rng.random(len(placed)) < p_click
    gain = np.where(clicks & (rng.random(len(placed)) < 0.1), 3, clicks.astype(int))
    return pa.table(
        {
            "query_id": [q for q, _, _ in placed],
            "product_id": [p for _, p, _ in placed],
            "is_clicked": clicks.astype(int),
            "gain": gain,
        }
    )


def _report(pages: list[Served], policies: list[str]) -> list[PolicyValue]:
    placed = placements(pages)
    rows = seen_placements(DuckTables(), placed, _outcomes(pages))
    report = policy_report(placed, rows, policies)
    assert not report.refused
    return list(report.values)


def test_the_value_of_the_order_without_chance_and_of_pure_chance_are_found() -> None:
    pages = [_page(n, LIVELY) for n in range(6_000)]
    truth = {
        "greedy": float((APPEAL[:PAGE_SIZE] * SEEN).mean()),
        "uniform": float(APPEAL[PAGE_SIZE:].mean() * SEEN.mean()),
    }
    assert abs(truth["greedy"] - truth["uniform"]) > 0.01  # they can be told apart
    values = _report(pages, ["live", "greedy", "uniform"])
    clicks = [v for v in values if v.reward == "click" and v.policy != "live"]
    assert [(v.policy, v.estimator) for v in clicks] == [
        (p, e) for p in truth for e in ("ips", "snips", "clipped", "dr")
    ]
    for value in clicks:
        found = value.estimate
        assert found.value.low <= truth[value.policy] <= found.value.high, value
        assert found.mean_weight == pytest.approx(1.0, abs=0.1)
        assert found.value.high - found.value.low < 0.06
        assert 100 < found.n_effective < found.n_rows
    [live] = [v for v in values if v.policy == "live" and v.reward == "click"]
    assert live.estimator == "logged"
    bought = [v for v in values if v.reward == "purchase" and v.policy == "greedy"]
    for value in bought:
        low, high = value.estimate.value.low, value.estimate.value.high
        assert low <= 0.1 * truth["greedy"] <= high


def test_pages_served_without_exploration_answer_only_for_themselves() -> None:
    pages = [_page(n, STILL) for n in range(50)]
    placed = placements(pages)
    rows = seen_placements(DuckTables(), placed, _outcomes(pages))
    report = policy_report(placed, rows, ["live", "greedy", "uniform"])
    assert {v.policy for v in report.values} == {"live"}
    assert set(report.refused) == {"greedy", "uniform"}
    assert "not randomised" in report.refused["greedy"]
    assert "serve.exploration.slot_probability in shop.yaml" in report.refused["greedy"]


def test_a_page_whose_draw_cannot_be_repeated_is_left_out_and_counted() -> None:
    pages = [_page(n, LIVELY) for n in range(3)]
    del pages[0].page.extra["exploration"]  # as if logged with the defaults, which it was not
    placed = placements(pages)
    assert placed.n_pages == 2
    assert placed.left_out == {"its draw cannot be repeated": 1}


def test_a_page_whose_logged_propensities_are_not_those_of_its_draw_is_left_out() -> None:
    pages = [_page(n, LIVELY) for n in range(3)]
    wrong = [replace(placed, propensity=0.5) for placed in pages[1].page.placed]
    pages[1] = replace(pages[1], page=replace(pages[1].page, placed=tuple(wrong)))
    assert placements(pages).left_out == {"its draw cannot be repeated": 1}


def test_placements_of_served_pages_are_written_for_training(tmp_path: Path) -> None:
    assert served_placements(Shop(tmp_path)) is None, "no page was served yet"
    (tmp_path / "7-served").mkdir()
    log = ServedLog(Shop(tmp_path).served_log)
    pages = [_page(n, LIVELY) for n in range(4)]
    for served in pages:
        log.append(served)
    log.close()
    written = served_placements(Shop(tmp_path))
    assert written is not None
    assert pq.read_table(written).num_rows == 4 * PAGE_SIZE


def test_estimates_weigh_by_the_propensity_that_was_logged() -> None:
    placed = placements([_page(n, LIVELY) for n in range(1_500)])
    rows = seen_placements(
        DuckTables(), placed, _outcomes([_page(n, LIVELY) for n in range(1_500)])
    )
    logged = rows.column("propensity").to_numpy()
    at = rows.column_names.index("propensity")
    [ips] = [
        v
        for v in policy_report(placed, rows, ["greedy"]).values
        if (v.reward, v.estimator) == ("click", "ips")
    ]
    stays = rows.column("base_rank").to_numpy() == rows.column("position").to_numpy()
    by_hand = (rows.column("click").to_numpy() * stays / logged).mean()
    assert ips.estimate.value.mid == pytest.approx(by_hand)
    doubled = rows.set_column(at, "propensity", pa.array(logged / 2))
    refused = policy_report(placed, doubled, ["greedy"]).refused["greedy"]
    assert "average" in refused, "propensities that are too low are noticed"


def test_pages_nobody_sent_impressions_of_are_refused_with_what_to_do() -> None:
    placed = placements([_page(0, LIVELY)])
    nothing = _outcomes([_page(1, LIVELY)])
    with pytest.raises(NotFound, match="no impression") as caught:
        seen_placements(DuckTables(), placed, nothing)
    assert "baihuo check" in caught.value.fix


def test_an_order_that_exploration_never_tried_is_refused() -> None:
    pages = [_page(n, LIVELY) for n in range(300)]
    placed = placements(pages)
    rows = seen_placements(DuckTables(), placed, _outcomes(pages))

    def backwards(rows: pa.Table) -> pa.Table:
        base_rank = rows.column("base_rank").to_numpy()
        wanted = np.where(base_rank <= PAGE_SIZE, PAGE_SIZE + 1 - base_rank, 0)
        return rows.append_column("wanted", pa.array(wanted))

    report = policy_report(placed, rows, ["b1"], orders={"b1": backwards})
    assert not report.values
    assert "covers about" in report.refused["b1"]


def test_an_answer_that_rests_on_a_handful_of_rows_is_refused() -> None:
    """With no click among thirty weighted rows the bootstrap would say "surely nothing"."""
    pages = [_page(n, Exploration()) for n in range(300)]
    placed = placements(pages)
    rows = seen_placements(DuckTables(), placed, _outcomes(pages))
    report = policy_report(placed, rows, ["greedy", "uniform"])
    assert {v.policy for v in report.values} == {"greedy"}
    assert "worth" in report.refused["uniform"]
