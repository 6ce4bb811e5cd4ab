"""The whole line on a small sample shop: what its user sees at each stage."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.quality.chosen import CLEANING, few_checks
from tests.waiting import wait_until, wait_until_ready
from typer.testing import CliRunner

from baihuo import connect, flow
from baihuo.bundle import Bundle, read_live, write
from baihuo.cli.app import app
from baihuo.core import GateClosed, NotFound, QualityStop, ShopPaths
from baihuo.features import default_features
from baihuo.flow.resources import catalogue_of
from baihuo.quality import QualityReport
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import GateSettings, Settings, Shop

pytestmark = pytest.mark.xdist_group("flow")


@pytest.fixture(scope="module")
def shop(
    copy_of_released: Callable[[Path], Shop], tmp_path_factory: pytest.TempPathFactory
) -> Shop:
    """Released on the first four fifths of the history; the tests of this file go on with it."""
    return copy_of_released(tmp_path_factory.mktemp("flow") / "shop")


def test_every_line_of_the_files_is_accounted_for(sample_files: Path, shop: Shop) -> None:
    n_lines = len((sample_files / "early.jsonl").read_bytes().splitlines())
    [record] = [r for r in connect.imports(shop.raw) if r.kind == "events"]
    assert record.n_in == n_lines == record.n_kept + record.n_quarantined
    events = QualityReport.load(shop.quality_report).table("events")
    assert events.n_in == record.n_kept
    assert events.n_in == events.n_kept + events.n_quarantined + events.n_merged
    assert events.n_quarantined > 0
    assert events.n_merged > 0


def test_the_bundle_tells_every_model_beside_its_baselines(shop: Shop) -> None:
    report = flow.evaluate(shop)
    on_search = {x["system"] for x in report["clicks"]["table"] if x["surface"] == "search"}
    assert {"network", "trees", "popularity", "own", "item_knn", "bm25"} <= on_search
    assert report["clicks"]["clicks"]["log_loss"] < report["clicks"]["clicks"]["constant_log_loss"]
    next_items = report["next_items"]
    assert next_items["judged"] or next_items["why_not"]
    tastes = report["tastes"]
    assert tastes["n_visitors"] >= 100
    assert tastes["factors"]["category"][0] < tastes["factors"]["category"][-1]
    assert tastes["gain"]["low"] < tastes["gain"]["mid"] < tastes["gain"]["high"]
    live = read_live(shop.bundles)
    assert live is not None
    gate = Bundle.open(shop.bundles / live.bundle_id).gate()
    assert gate is not None
    assert {c["name"] for c in gate["checks"]} == {
        "quality",
        "auc",
        "lift",
        "relevance",
        "tuning",
        "recommendations",
        "calibration",
        "slices",
        "skew",
        "latency",
    }


def test_a_click_changes_the_next_home_page(shop: Shop) -> None:
    with TestClient(create_app(shop.root, ServeConfig(seed=7))) as client:
        wait_until_ready(client)
        before = home(client)
        assert "like_what_you_viewed" not in reasons(before)
        liked = before["results"][-1]["product_id"]
        events = [
            {
                "event_id": f"c{i}",
                "event_type": "click",
                "visitor_id": "newcomer",
                "product_id": liked,
            }
            for i in range(2)
        ]
        assert client.post("/v1/events", json={"events": events}).status_code < 300
        # The worker follows its log.
        wait_until(lambda: reasons(home(client)).count("like_what_you_viewed") >= 3)


def test_a_search_changes_the_home_page_before_anything_is_clicked(shop: Shop) -> None:
    """What the visitor saw at the top says what the words meant."""
    with TestClient(create_app(shop.root, ServeConfig(seed=7))) as client:
        wait_until_ready(client)
        top, query_id = of_a_kind_that_home_does_not_show(client, "searcher")
        seen = [
            {
                "event_id": f"s{r['position']}",
                "event_type": "impression",
                "visitor_id": "searcher",
                "query_id": query_id,
                "product_id": r["product_id"],
                "surface": "search",
                "position": r["position"],
            }
            for r in top
        ]
        assert client.post("/v1/events", json={"events": seen}).status_code < 300

        wait_until(lambda: n_like(client, "searcher", top) >= 3)
        assert "searched_for" in reasons(home(client, "searcher"))
        token = client.app.state.access.tokens.sign("searcher")  # type: ignore[attr-defined]
        client.cookies.set("visitor", token)
        page = client.get("/", headers={"Accept-Language": "en"}).text
        assert "Based on what you searched for, viewed and bought here." in page


def test_three_clicks_on_one_kind_change_the_first_row(shop: Shop) -> None:
    with TestClient(create_app(shop.root, ServeConfig(seed=7))) as client:
        wait_until_ready(client)
        top, query_id = of_a_kind_that_home_does_not_show(client, "looker")
        clicks = [
            {
                "event_id": f"t{r['position']}",
                "event_type": "click",
                "visitor_id": "looker",
                "query_id": query_id,
                "product_id": r["product_id"],
                "surface": "search",
                "position": r["position"],
            }
            for r in top
        ]
        assert client.post("/v1/events", json={"events": clicks}).status_code < 300
        wait_until(lambda: n_like(client, "looker", top) >= 3)


def test_the_setting_of_diversity_reaches_the_page(shop: Shop) -> None:
    """With 1, two of any six products in a row are of one category: on the served page, and where it is explained."""
    # Exploration puts products in places of its own, by a draw for each page.
    config = ServeConfig(seed=7, diversity=1.0, swap_probability=0, slot_probability=0)
    with TestClient(create_app(shop.root, config)) as client:
        wait_until_ready(client)
        served = home(client, "looker")["results"]
        categories = {r["product_id"]: category(client, r["product_id"]) for r in served}
        assert most_of_six([categories[r["product_id"]] for r in served]) <= 2
    settings = shop.settings()
    one = settings.surfaces.home.model_copy(update={"diversity": 1.0})
    surfaces = settings.surfaces.model_copy(update={"home": one})
    try:
        shop.write_settings(settings.model_copy(update={"surfaces": surfaces}))
        about = ["--surface", "home", "--visitor", "looker", "--json", "--shop", str(shop.root)]
        told = json.loads(CliRunner().invoke(app, ["explain", *about]).stdout)
    finally:
        shop.write_settings(settings)
    known = {p.product_id: p.category for p in catalogue_of(shop)}
    assert most_of_six([known[r["product_id"]] for r in told["results"]]) <= 2


def most_of_six(categories: list[tuple[str, ...]]) -> int:
    """The most of one category among six in a row."""
    rows = [categories[i : i + 6] for i in range(len(categories) - 5)]
    return max(row.count(one) for row in rows for one in row)


def of_a_kind_that_home_does_not_show(
    client: TestClient, visitor_id: str
) -> tuple[list[dict[str, Any]], str]:
    """The first three products of a search, and its ``query_id``."""
    shown = {category(client, r["product_id"]) for r in home(client, visitor_id)["results"]}
    for words in ("notebook", "lamp", "tea", "headphones", "backpack", "socks"):
        found = client.get("/v1/search", params={"q": words, "visitor_id": visitor_id}).json()
        top = found["results"][:3]
        wanted = {category(client, r["product_id"]) for r in top}
        if len(top) == 3 and not wanted & shown:
            return top, str(found["query_id"])
    raise AssertionError("home shows every category: choose other words")


def n_like(client: TestClient, visitor_id: str, products: list[dict[str, Any]]) -> int:
    """How many of the first six products of home are of these categories."""
    wanted = {category(client, r["product_id"]) for r in products}
    first = home(client, visitor_id)["results"][:6]
    return sum(category(client, r["product_id"]) in wanted for r in first)


def category(client: TestClient, product_id: str) -> tuple[str, ...]:
    return tuple(client.get(f"/v1/products/{product_id}").json()["category"])


def home(client: TestClient, visitor_id: str = "newcomer") -> dict[str, Any]:
    return dict(client.get("/v1/recommend/home", params={"visitor_id": visitor_id}).json())


def reasons(page: dict[str, Any]) -> list[str]:
    return [r["reason"] for r in page["results"]]


@pytest.mark.slow(reason="the one update of a live shop: check, train, gate, release")
def test_update_goes_on_from_the_live_weights_and_rollback_goes_back(
    sample_files: Path, shop: Shop
) -> None:
    first = read_live(shop.bundles)
    assert first is not None
    before = flow.evaluate(shop, first.bundle_id)["clicks"]["split"]
    settings = shop.settings()
    moved = settings.train.model_copy(update={"window_days": _days(before)})
    shop.write_settings(settings.model_copy(update={"train": moved}))
    flow.import_files(shop, [sample_files / "late.jsonl"])
    flow.update_live(shop)
    second = read_live(shop.bundles)
    assert second is not None
    assert second.bundle_id != first.bundle_id
    said = flow.evaluate(shop, second.bundle_id)["clicks"]
    assert said["is_update"]
    after = said["split"]
    assert after["train_from_us"] > before["train_from_us"], "the window has moved on"
    assert after["test_from_us"] >= before["until_us"] - 1, "tested on what is new"
    assert _days(after) <= _days(before) + 1e-6
    assert said["against_live"]["bundle_id"] == first.bundle_id
    gate = Bundle.open(shop.bundles / second.bundle_id).gate()
    assert gate is not None
    [lift] = [c for c in gate["checks"] if c["name"] == "lift"]
    compared = {f"{surface}_over_live" for surface in said["against_live"]["surfaces"]}
    assert compared
    assert compared <= set(lift["measured"])
    assert flow.rollback(shop) == first.bundle_id
    with pytest.raises(NotFound, match="before this one"):
        flow.rollback(shop)


def _days(split: dict[str, int]) -> float:
    return (split["until_us"] - split["train_from_us"]) / 86_400_000_000


@pytest.mark.slow(reason="two gates, and a server that opens what is live")
def test_a_refused_candidate_takes_nothing_from_what_serves(shop: Shop) -> None:
    """Its features lie in a folder of their own: the next worker opens the live bundle as before."""
    live = read_live(shop.bundles)
    assert live is not None
    serving = Bundle.open(shop.bundles / live.bundle_id)
    fewer = default_features()
    fewer = replace(fewer, lookbacks=fewer.lookbacks[:-1], derived=())
    candidate = write(
        shop.bundles,
        {
            "encoders": serving.folder("encoders"),
            "features.json": fewer.to_json(),
            "report.json": {"index_id": live.index_id},
        },
    )
    shop.write_settings(Settings(gate=GateSettings(most_p99_ratio=1e-6)))
    with pytest.raises(GateClosed, match=r"gate\.most_p99_ratio"):
        flow.release(shop, candidate)
    with TestClient(create_app(shop.root)) as client:
        wait_until_ready(client)
        assert client.get("/readyz").json()["bundle_id"] == live.bundle_id
    done = CliRunner().invoke(
        app, ["release", candidate, "--shop", str(shop.root), "--force", "--reason", "a trial"]
    )
    assert done.exit_code == 0, done.output
    assert "a trial" in done.output
    now = read_live(shop.bundles)
    assert now is not None
    assert now.bundle_id == candidate
    assert flow.rollback(shop) == live.bundle_id


def test_dirty_data_stops_training_and_says_why(
    sample_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(tmp_path)
    some = ("schema", "duplicates", "orphans", "sessions")
    few_checks(shop.rules_file, *some, max_quarantined=0.0001, owner="data@example.com")
    flow.import_files(shop, [sample_files / "products.jsonl", sample_files / "early.jsonl"])
    assert flow.check(shop).stops
    with pytest.raises(QualityStop, match="quarantine") as caught:
        flow.train(shop)
    assert "data@example.com" in caught.value.fix
    assert not shop.bundles.exists()
    done = CliRunner().invoke(app, ["train", "--shop", str(tmp_path)])
    assert isinstance(done.exception, QualityStop)


@pytest.mark.slow(reason="a second shop through the whole line")
def test_a_catalogue_without_a_log_is_served_by_relevance(
    sample_files: Path, released: Path, tmp_path: Path
) -> None:
    shop = Shop(tmp_path)
    flow.import_files(shop, [sample_files / "products.jsonl"])
    few_checks(shop.rules_file, *CLEANING)
    checked = flow.check(shop)
    assert any("a catalogue without a log" in words for words in checked.not_checked)
    shutil.copytree(ShopPaths(released).encoders, shop.encoders, copy_function=os.link)
    shutil.copy(ShopPaths(released).vectors, shop.train)  # 10 s of the same encoding
    trained = flow.train(shop)
    assert "impressions" in trained.report["no_clicks"]
    flow.release(shop, trained.bundle_id)
    with TestClient(create_app(shop.root)) as client:
        wait_until_ready(client)
        page = search(client, "手机")
        answers = [r["product"] for r in page["results"]]
        while len(answers) < page["total"]:
            page = search(client, "手机", page=page["page"] + 1, query_id=page["query_id"])
            assert page["results"], f"{len(answers)} of {page['total']} products are on its pages"
            answers += [r["product"] for r in page["results"]]
    assert answers[0]["category"][-1] == "Smartphones"
    facets = {f["name"]: {v["value"]: v["n_products"] for v in f["values"]} for f in page["facets"]}
    assert facets["brand"] == Counter(p["brand"] for p in answers)
    paths = [tuple(p["category"]) for p in answers]
    for value, n_products in facets["category"].items():
        path = tuple(value.split(" > "))
        assert n_products == sum(p[: len(path)] == path for p in paths), value
    assert set(facets) > {"brand", "category", "price"}, "and facets of attributes"


def search(client: TestClient, text: str, **more: Any) -> dict[str, Any]:
    ask = {"q": text, "language": "zh", "page_size": 100, "visitor_id": "anyone", **more}
    return dict(client.get("/v1/search", params=ask).json())
