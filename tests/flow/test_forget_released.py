"""A visitor of a shop that has trained, released and served: gone from every file, and from what serves after a retraining."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from fastapi.testclient import TestClient
from tests.privacy_scan import files_with
from tests.quality.chosen import few_checks
from tests.waiting import wait_until_ready
from typer.testing import CliRunner

from baihuo import flow
from baihuo.bundle import read_live
from baihuo.cli.app import app
from baihuo.core import GateClosed
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import Shop

pytestmark = pytest.mark.xdist_group("flow")

TEXT, REVIEW = "lamp for Zoltan Quxby", "Zoltan Quxby never got it"
_N_IDS = 3  # of each kind that are looked for: a search takes long


def live(client: TestClient, visitor: str) -> None:
    """Searches, a click, a purchase and a review of two visitors, then the first asks to be forgotten."""
    for who, text in ((visitor, TEXT), ("other-1", "red lamp"), (visitor, "red lamp")):
        found = client.get("/v1/search", params={"visitor_id": who, "q": text}).json()
        home = client.get("/v1/recommend/home", params={"visitor_id": who}).json()
        product = (found["results"] or home["results"])[0]["product_id"]
        shared = {"visitor_id": who, "query_id": found["query_id"], "product_id": product}
        events: list[dict[str, Any]] = [
            {"event_type": "click", "position": 1, "query_text": text},
            {"event_type": "purchase", "order_id": f"order-of-{who}"},
            {"event_type": "review", "rating": 1, "text": REVIEW if who == visitor else "fine"},
        ]
        sent = [e | shared | {"event_id": f"{who}-{text}-{i}"} for i, e in enumerate(events)]
        assert client.post("/v1/events", json={"events": sent}).json()["n_new"] == 3
    client.app.state.worker.served.flush()  # type: ignore[attr-defined]


def busiest_visitor(shop: Shop) -> str:
    rows = duckdb.execute(
        f"SELECT visitor_id FROM '{shop.raw}/events/*.parquet' WHERE event_type = 'purchase' "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    ).fetchall()
    return str(rows[0][0])


def secrets_of(shop: Shop, visitor: str) -> set[str]:
    """Their id and texts, and ids of queries, orders, sessions and events that no other visitor has."""
    found = {visitor, TEXT, REVIEW, f"order-of-{visitor}", f"{visitor}-{TEXT}-0"}
    raw = f"'{shop.raw}/events/*.parquet'"
    for column in ("query_id", "order_id", "session_id", "event_id"):
        rows = duckdb.execute(
            f"SELECT {column} FROM {raw} WHERE {column} IS NOT NULL GROUP BY 1 "
            f"HAVING bool_and(visitor_id = '{visitor}') ORDER BY 1 LIMIT {_N_IDS}"
        ).fetchall()
        found |= {str(value) for (value,) in rows}
    return found


@pytest.mark.slow(reason="a released shop that is served, erased from, trained and released again")
def test_a_released_shop_forgets_and_its_next_release_completes_the_receipt(
    copy_of_released: Callable[[Any], Shop], tmp_path: Any
) -> None:
    shop = copy_of_released(tmp_path / "shop")
    assert shop.reviews_file.exists()
    few_checks(shop.rules_file, "schema", "duplicates")
    visitor = busiest_visitor(shop)
    with TestClient(create_app(shop.root, ServeConfig(seed=3))) as client:
        wait_until_ready(client)
        live(client, visitor)
        flow.check(shop)
        flow.measure_skew(shop)  # writes the served pages as a table
        wanted = secrets_of(shop, visitor)
        before = files_with(shop.root, wanted)
        assert {f.split("/")[0] for f in before[visitor]} == {
            *("1-raw", "2-clean", "3-features", "7-served")
        }, "the search has no force"
        assert set(before) == wanted
        assert client.delete(f"/v1/visitors/{visitor}").status_code == 202
        (receipt,) = flow.forget(shop)  # while it is served
        assert client.get("/v1/recommend/home", params={"visitor_id": "other-1"}).status_code == 200
    assert files_with(shop.root, wanted) == {}
    first = read_live(shop.bundles)
    assert first is not None
    assert (receipt.status, receipt.live_bundle) == ("waits_for_retraining", first.bundle_id)
    assert "train and release another by" in str(flow.retraining_due(shop))
    assert "retrain by" in CliRunner().invoke(app, ["status", "--shop", str(shop.root)]).stdout
    trained = flow.train(shop, with_clicks=False)
    flow.release(shop, trained.bundle_id, force_reason="a bundle without click models")
    (state,) = flow.erasures(shop)
    assert state.status == "complete"
    assert state.completed_at_us is not None
    assert flow.retraining_due(shop) is None
    with pytest.raises(GateClosed, match="trained on 1 visitors erased"):
        flow.release(shop, first.bundle_id)
    flow.rollback(shop)
    assert [s.status for s in flow.erasures(shop)] == ["waits_for_retraining"], "it serves again"
    assert files_with(shop.root, wanted) == {}
