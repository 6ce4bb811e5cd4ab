"""Clicks on ads without interest, against the frauds that the simulator knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from tests.quality.chosen import only

from baihuo import connect, flow
from baihuo.engine import DuckTables
from baihuo.quality import CleanOptions, QualityRules, clean
from baihuo.settings import Shop
from baihuo.simulate import make_shop

pytestmark = pytest.mark.checks("traffic")

CHECK = "ad_click_without_interest"


@dataclass(frozen=True)
class Checked:
    """What was not checked, and the share of ad clicks that went."""

    not_checked: list[str]
    fraud: float
    honest: float


def checked(shop: Shop, out: Path, **settings: float) -> Checked:
    """What the checks of traffic find in an imported sample shop."""
    rules = QualityRules.model_validate({"traffic": settings})
    result = clean(
        DuckTables(threads=1),
        events=connect.segments(shop.raw, "events"),
        products=connect.segments(shop.raw, "products"),
        out=out,
        rules=only("traffic", rules=rules),
        now_us=2_000_000_000_000_000,
        options=CleanOptions(),
    )
    with duckdb.connect() as con:
        shares = dict(
            con.execute(f"""
                WITH refused AS (SELECT row_id FROM '{out}/findings.parquet' WHERE "check" = '{CHECK}'),
                frauds AS (FROM read_json('{shop.root}/../made/truth/ad_frauds.jsonl',
                    columns = {{query_id: 'VARCHAR', product_id: 'VARCHAR', kind: 'VARCHAR'}}))
                SELECT kind IS NOT NULL, count(row_id) / count(*)
                FROM read_parquet('{shop.raw}/**/*.parquet', union_by_name = true)
                LEFT JOIN frauds USING (query_id, product_id)
                LEFT JOIN refused ON row_id = import_id || ':' || line
                WHERE event_type = 'ad_click' GROUP BY ALL
            """).fetchall()
        )
    not_checked = [said for said in result.not_checked if said.startswith(CHECK)]
    return Checked(not_checked, shares.get(True, 0.0), shares[False])


def make(folder: Path, *, n_events: int, ad_fraud: float) -> Shop:
    made = make_shop(
        folder / "made", seed=8, n_products=1_000, dirt=0, n_events=n_events, ad_fraud=ad_fraud
    )
    shop = Shop(folder / "shop")
    flow.import_files(shop, [made.products, made.events])
    return shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make(tmp_path_factory.mktemp("ads"), n_events=120_000, ad_fraud=0.2)


def test_most_fraud_goes_and_honest_clicks_stay(shop: Shop, tmp_path: Path) -> None:
    found = checked(shop, tmp_path / "out")
    assert found.not_checked == []
    assert found.honest < 0.01
    assert found.fraud > 0.6


def test_where_nobody_cheats_next_to_nothing_goes(tmp_path: Path) -> None:
    shop = make(tmp_path, n_events=40_000, ad_fraud=0)
    found = checked(shop, tmp_path / "out")
    assert found.not_checked == []
    assert found.honest < 0.005


def test_with_few_ads_it_is_not_checked_and_the_report_says_so(shop: Shop, tmp_path: Path) -> None:
    found = checked(shop, tmp_path / "out", min_ad_clicks=5_000)
    assert "5,000 and 25,000 are the least to learn from" in found.not_checked[0]
    assert found.fraud == 0


def test_a_surface_whose_ads_are_another_thing_than_its_lists_keeps_its_clicks(
    shop: Shop, tmp_path: Path
) -> None:
    """Here they are, as no more than one click in two hundred may go."""
    found = checked(shop, tmp_path / "out", max_ad_clicks_refused=0.005)
    assert any("so its ads are another thing than its lists" in said for said in found.not_checked)
    assert found.fraud == 0
    assert found.honest == 0
