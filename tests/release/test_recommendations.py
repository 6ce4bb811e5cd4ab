"""The gate lets click models order home pages and similar products only where logged clicks show that they help.

The model knows one thing: cheap is good. In one shop shoppers click what is cheap, in the other what is dear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from tests.click_bundles import linear_click_parts
from tests.rank.conftest import NOW_US, event

from baihuo.bundle import Bundle, write
from baihuo.core import Candidates, EventType, Product, Surface, events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.evaluate import Interval
from baihuo.features import FeatureState, default_features
from baihuo.index import Generation
from baihuo.model_inputs import click_columns
from baihuo.rank import NO_EXPLORATION, Ranker
from baihuo.rank.request_context import RequestContext
from baihuo.rank.scorers import SimilarFusion
from baihuo.release.gate_report import GateLimits
from baihuo.release.recommendation_check import check_recommendations
from baihuo.release.recommendation_clicks import RecommendationGain, recommendation_gains
from baihuo.release.search_relevance import RelevanceGain
from baihuo.settings import GateSettings

_LIMITS = GateLimits(**GateSettings().model_dump())
N_PAGES = 40
ANCHOR = "mug-cumulus-green"


@pytest.fixture
def ranker(tmp_path: Path, generation: Generation, quiet_state: FeatureState) -> Ranker:
    columns = click_columns(default_features())
    everywhere = dict.fromkeys(("search", "home", "similar"), "network")
    parts = linear_click_parts(columns, everywhere, {"price_log": -1.0})
    return Ranker(Bundle.open(tmp_path / write(tmp_path, parts)), generation, quiet_state)


def shop_where(folder: Path, products: Sequence[Product], clicked: str) -> dict[str, Path]:
    """Files of a log: pages of home and beside a mug, each with all other mugs; the five cheapest or dearest are clicked."""
    mugs = [p for p in products if p.product_id.startswith("mug") and p.product_id != ANCHOR]
    by_price = sorted(mugs, key=lambda p: p.price_minor or 0, reverse=clicked == "dear")
    rows = [
        {
            "query_id": f"{surface}-{n}",
            "visitor_id": f"v{n}",
            "product_id": mug.product_id,
            "surface": surface,
            "anchor_id": ANCHOR if surface == "similar" else None,
            "at_us": NOW_US + n * 1_000_000,
            "gain": int(mug in by_price[:5]),
            "position": position,
        }
        for surface in ("home", "similar")
        for n in range(N_PAGES)
        for position, mug in enumerate(mugs, start=1)
    ]
    before_us, other = NOW_US - 60_000_000, "phone-borealis-black"  # nobody is new
    seen = [event(EventType.CLICK, f"v{n}", other, before_us) for n in range(N_PAGES)]
    tables = {
        "examples": pa.Table.from_pylist(rows),
        "products": products_to_table(products),
        "events": events_to_table(seen),
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in tables}


def gains_of(
    ranker: Ranker, files: Mapping[str, Path], *, since_us: int = NOW_US
) -> dict[Surface, RecommendationGain | None]:
    return recommendation_gains(
        DuckTables(threads=1),
        ranker,
        events=files["events"],
        products=files["products"],
        examples=files["examples"],
        since_us=since_us,
    )


@pytest.mark.parametrize(("clicked", "is_proven"), [("cheap", True), ("dear", False)])
def test_a_model_orders_what_its_clicks_agree_with(
    tmp_path: Path,
    ranker: Ranker,
    products: list[Product],
    clicked: str,
    is_proven: bool,
) -> None:
    files = shop_where(tmp_path, products, clicked)
    gains = gains_of(ranker, files)
    assert set(gains) == {Surface.HOME, Surface.SIMILAR}
    for gain in gains.values():
        assert gain is not None
        assert gain.clicks.n == N_PAGES
        assert (gain.clicks.gain.low > 0) == is_proven
    check, order_by = check_recommendations(gains, _LIMITS)
    assert check.is_passed  # the bundle serves all else
    assert order_by == ({} if is_proven else {"home": "fused", "similar": "fused"})
    assert bool(check.warning) == (not is_proven)


def test_pages_that_a_model_learned_from_prove_nothing(
    tmp_path: Path, ranker: Ranker, products: list[Product]
) -> None:
    files = shop_where(tmp_path, products, "cheap")
    tested_from_us = NOW_US + (N_PAGES - 12) * 1_000_000
    gains = gains_of(ranker, files, since_us=tested_from_us)
    assert [gain and gain.clicks.n for gain in gains.values()] == [12, 12]


def test_a_model_that_fills_similar_products_with_other_kinds_is_seen(
    tmp_path: Path, ranker: Ranker, products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a phone, cheap mugs: on logged pages, which hold phones alone, the same model looks right."""
    fused = SimilarFusion.score

    def as_it_was(
        self: SimilarFusion, context: RequestContext, candidates: Candidates
    ) -> NDArray[np.float64]:
        clicks = candidates.columns.get("click_order")
        return fused(self, context, candidates) if clicks is None else clicks

    monkeypatch.setattr(SimilarFusion, "score", as_it_was)
    files = shop_where(tmp_path, products, "cheap")
    phones = [p for p in products if p.product_id.startswith("phone")]
    examples = pq.read_table(files["examples"]).to_pylist()
    for row in examples:
        row["product_id"] = row["product_id"].replace("mug", "phone")
        row["anchor_id"] = row["anchor_id"] and row["anchor_id"].replace("mug", "phone")
    pq.write_table(pa.Table.from_pylist(examples), files["examples"])
    assert {r["product_id"] for r in examples} < {p.product_id for p in phones}
    gain = gains_of(ranker, files)[Surface.SIMILAR]
    assert gain is not None
    assert gain.same_category is not None
    assert gain.clicks.gain.low > 0
    assert gain.same_category.gain.high < -0.5
    _, order_by = check_recommendations({Surface.SIMILAR: gain}, _LIMITS)
    assert order_by == {"similar": "fused"}


def test_without_click_models_there_is_nothing_to_ask(
    tmp_path: Path, generation: Generation, quiet_state: FeatureState, products: list[Product]
) -> None:
    plain = Ranker(None, generation, quiet_state, exploration=NO_EXPLORATION)
    gains = gains_of(plain, shop_where(tmp_path, products, "cheap"))
    check, order_by = check_recommendations(gains, _LIMITS)
    assert not gains
    assert not order_by
    assert not check.was_asked


CLICKS = RelevanceGain("home", 400, 0.6, 0.5, Interval(0.1, 0.05, 0.15))


@pytest.mark.parametrize(
    ("low", "category", "is_refused"),
    [
        (0.001, None, False),
        (0.0, None, True),  # no gain is proven
        (0.05, -0.05, False),
        (0.05, -0.2, True),  # two of ten places went to another category
    ],
)
def test_a_gain_is_proven_by_the_low_end_and_the_category_kept(
    low: float, category: float | None, is_refused: bool
) -> None:
    clicks = replace(CLICKS, gain=Interval(0.1, low, 0.2))
    kept = None
    if category is not None:
        kept = replace(CLICKS, gain=Interval(category, category - 0.01, category + 0.01))
    one = RecommendationGain(Surface.SIMILAR, clicks, kept)
    check, order_by = check_recommendations({Surface.SIMILAR: one}, _LIMITS)
    assert (order_by == {"similar": "fused"}) == is_refused
    assert ("similar products are served without them" in check.warning) == is_refused


def test_too_few_clicked_pages_prove_nothing(
    tmp_path: Path, ranker: Ranker, products: list[Product]
) -> None:
    files = shop_where(tmp_path, products, "cheap")
    few = pq.read_table(files["examples"])
    few = few.filter(pa.compute.less(few["at_us"], NOW_US + 5_000_000))
    pq.write_table(few, files["examples"])
    gains = gains_of(ranker, files)
    assert gains == {Surface.HOME: None, Surface.SIMILAR: None}
    check, order_by = check_recommendations(gains, _LIMITS)
    assert order_by == {"home": "fused", "similar": "fused"}
    assert "too few clicked home pages" in check.warning
