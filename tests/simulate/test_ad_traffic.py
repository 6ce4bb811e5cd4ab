"""Ads in a sample shop's log, and the fraud among their clicks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from baihuo.simulate import SampleShop, make_shop

SHARE = 0.15


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SampleShop:
    out = tmp_path_factory.mktemp("ads")
    return make_shop(out, seed=4, n_products=1_000, n_events=120_000, dirt=0, ad_fraud=SHARE)


@pytest.fixture
def log(shop: SampleShop) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute(f"CREATE VIEW events AS SELECT * FROM read_json_auto('{shop.events}')")
        con.execute(
            f"CREATE VIEW frauds AS SELECT * FROM read_json_auto('{shop.truth}/ad_frauds.jsonl')"
        )
        yield con


def test_the_stated_share_of_ad_clicks_is_fraud_of_five_kinds(
    log: duckdb.DuckDBPyConnection,
) -> None:
    clicks = log.execute("""
        SELECT count(*), count(kind), count(DISTINCT kind) FROM events
        LEFT JOIN frauds USING (query_id, product_id) WHERE event_type = 'ad_click'
    """).fetchone()
    assert clicks is not None
    n, n_frauds, n_kinds = clicks
    assert n > 500
    assert n_frauds / n == pytest.approx(SHARE, abs=0.02)
    assert n_kinds == 5


def test_who_clicked_an_ad_had_been_shown_it(log: duckdb.DuckDBPyConnection) -> None:
    unseen = log.execute("""
        SELECT count(*) FROM events c WHERE event_type = 'ad_click' AND NOT EXISTS (
            FROM events s WHERE s.event_type = 'ad_impression' AND s.visitor_id = c.visitor_id
            AND s.query_id = c.query_id AND s.product_id = c.product_id
            AND s.occurred_at_us < c.occurred_at_us
        )
    """).fetchone()
    assert unseen == (0,)


def test_shoppers_of_a_shop_without_ads_do_the_same(tmp_path: Path) -> None:
    """Ads and fraud come on top: what shoppers do is decided without them."""
    size = {"seed": 4, "n_products": 300, "n_events": 5_000, "dirt": 0}
    plain = make_shop(tmp_path / "plain", **size)  # type: ignore[arg-type]
    with_ads = make_shop(tmp_path / "ads", ad_fraud=0.0, **size)  # type: ignore[arg-type]
    done = "SELECT replace(event_type, 'ad_', ''), visitor_id, product_id, occurred_at_us FROM read_json_auto('{}') ORDER BY ALL"
    rows = [duckdb.execute(done.format(shop.events)).fetchall() for shop in (plain, with_ads)]
    assert rows[0] == rows[1]
