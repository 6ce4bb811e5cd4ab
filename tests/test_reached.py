"""What a shop's log says of other policies, of skew, of one page, and of the shop itself: by its commands."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.waiting import wait_until_ready
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.bundle import read_live
from baihuo.cli.app import app
from baihuo.core import BadInput, Event, EventType, NotFound, Unsupported
from baihuo.events import EventLog, peek_served
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import Shop

pytestmark = pytest.mark.xdist_group("flow")

N_PAGES = 150


@pytest.fixture(scope="module")
def shop(
    copy_of_released: Callable[[Path], Shop],
    tmp_path_factory: pytest.TempPathFactory,
) -> Shop:
    """Released, then visited by sixty shoppers whose clicks were checked."""
    made = copy_of_released(tmp_path_factory.mktemp("reached") / "shop")
    settings = made.settings()
    soon = settings.train.model_copy(update={"attribution_minutes": 1})
    made.write_settings(settings.model_copy(update={"train": soon}))
    config = ServeConfig(seed=1, swap_probability=0.2, slot_probability=0.3)
    with TestClient(create_app(made.root, config)) as client:
        wait_until_ready(client)
        product_id = ""
        for n in range(N_PAGES):
            product_id = _visit(client, n) or product_id
    # The windows of the clicks above are closed once something happened after them.
    later_us = flow.now_us() + 120_000_000
    log = EventLog(made.log)
    log.append(
        [
            Event(
                event_id="later",
                event_type=EventType.CLICK,
                visitor_id="later",
                product_id=product_id,
                occurred_at_us=later_us,
                received_at_us=later_us,
            )
        ]
    )
    log.close()
    flow.check(made)
    return made


def _visit(client: TestClient, n: int) -> str | None:
    """One page, everything on it seen, some of it clicked and bought: more often at the top."""
    dice, visitor = random.Random(n), f"sim{n % 60}"
    if n % 3:
        words = dice.choice(["手机", "phone", "laptop", "shirt", "耳机", "shoes"])
        page = client.get("/v1/search", params={"q": words, "visitor_id": visitor}).json()
    else:
        page = client.get("/v1/recommend/home", params={"visitor_id": visitor}).json()
    events = []
    for placed in page["results"]:
        about = {
            "visitor_id": visitor,
            "query_id": page["query_id"],
            "surface": page["surface"],
            "product_id": placed["product_id"],
            "position": placed["position"],
        }
        key = f"{page['query_id']}-{placed['position']}"
        events.append({**about, "event_id": f"{key}-i", "event_type": "impression"})
        if dice.random() < 0.4 / placed["position"] ** 0.5:
            events.append({**about, "event_id": f"{key}-c", "event_type": "click"})
            if dice.random() < 0.3:
                events.append(
                    {**about, "event_id": f"{key}-b", "event_type": "purchase", "quantity": 1}
                )
    if events:
        assert client.post("/v1/events", json={"events": events}).status_code < 300
    return page["results"][0]["product_id"] if events else None


def run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(words))


def printed(*words: str) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_log_says_what_the_order_without_exploration_would_have_earned(shop: Shop) -> None:
    report = printed(
        "evaluate", "--policy", "live", "--policy", "no-exploration", "--shop", str(shop.root)
    )
    assert report["n_pages"] == N_PAGES
    clicks = {v["estimator"]: v["estimate"] for v in report["values"] if v["reward"] == "click"}
    assert set(clicks) == {"logged", "ips", "snips", "clipped", "dr"}
    for name in ("ips", "snips", "clipped", "dr"):
        assert (
            clicks[name]["value"]["low"]
            < clicks["logged"]["value"]["mid"]
            < clicks[name]["value"]["high"]
        )
        assert 0.9 < clicks[name]["mean_weight"] < 1.1
        assert 100 < clicks[name]["n_effective"] < clicks[name]["n_rows"]
    assert {v["policy"] for v in report["values"] if v["reward"] == "purchase"} == {
        "live",
        "greedy",
    }
    shown = run("evaluate", "--policy", "greedy", "--surface", "home", "--shop", str(shop.root))
    assert shown.exit_code == 0, shown.exception
    words = shown.stdout.split()
    assert {"ips", "snips", "clipped", "dr"} <= set(words)  # whole, on 80 columns


def test_a_bundle_is_asked_as_of_each_page_and_the_live_one_finds_its_own_order(shop: Shop) -> None:
    live = read_live(shop.bundles)
    assert live is not None
    asked = ("evaluate", "--policy", live.bundle_id, "--shop", str(shop.root))
    # Short of 1: a worker is a moment behind the log, so a few pages knew one click less; and the home page draws on
    # a snapshot of what is popular. Where that makes the log cover less than nine tenths, it is said instead.
    everywhere = json.loads(run(*asked, "--json").stdout)
    if refused := everywhere.get("refused", {}).get(live.bundle_id):
        covered = re.search(r"covers about (\d+)%", refused)
        assert covered is not None, refused
        assert 80 < int(covered[1]) < 100
    else:
        assert 0.8 < _mean_weight(everywhere) < 1.1
    assert 0.9 < _mean_weight(printed(*asked, "--surface", "search")) < 1.1


@pytest.mark.slow(reason="replays a hundred pages for each of two policies")
def test_the_order_that_serves_is_the_text_or_the_learned_one_of_the_live_bundle(
    shop: Shop,
) -> None:
    live = read_live(shop.bundles)
    assert live is not None
    page = printed("explain", "手机", "--shop", str(shop.root))
    serving = "text" if page["order"] == "text" else "learned"
    asked = ("--policy", live.bundle_id, "--policy", serving)
    report = printed("evaluate", *asked, "--surface", "search", "--shop", str(shop.root))
    own, by_name = (
        [v["estimate"] for v in report["values"] if v["policy"] == name]
        for name in (live.bundle_id, serving)
    )
    assert own == by_name != []
    assert live.bundle_id in report["readings"]


def test_a_bound_for_the_weights_is_used_and_one_that_cuts_everything_refused(shop: Shop) -> None:
    asked = ("evaluate", "--policy", "greedy", "--shop", str(shop.root))
    report = printed(*asked, "--clip", "1.05")
    [cut] = [
        v["estimate"]
        for v in report["values"]
        if (v["estimator"], v["reward"]) == ("clipped", "click")
    ]
    assert cut["bound"] == 1.05
    assert cut["bias"] < 0
    refused = run(*asked, "--clip", "0")
    assert isinstance(refused.exception, BadInput)
    assert "clicks: " in run(*asked).stdout


def _mean_weight(report: dict[str, Any]) -> float:
    [ips] = [v for v in report["values"] if v["reward"] == "click" and v["estimator"] == "ips"]
    return float(ips["estimate"]["mean_weight"])


def test_what_the_log_cannot_answer_is_refused_with_the_setting_to_change(shop: Shop) -> None:
    done = run("evaluate", "--policy", "uniform", "--shop", str(shop.root))
    assert isinstance(done.exception, Unsupported)
    assert "serve.exploration.slot_probability in shop.yaml" in done.exception.fix
    for words, message in (
        (["--policy", "greedy", "--surface", "cart"], "no surface 'cart'"),
        (["b1", "--policy", "greedy"], "'b1' cannot be combined"),
        (["--surface", "home"], "--surface needs --policy"),
        (["--clip", "3"], "--clip needs --policy"),
    ):
        done = run("evaluate", *words, "--shop", str(shop.root))
        assert isinstance(done.exception, BadInput)
        assert message in done.exception.what
    nobody = run("evaluate", "--policy", "live", "--shop", str(shop.root / "none"))
    assert isinstance(nobody.exception, NotFound)


def test_a_fashion_stores_random_log_tells_the_clicks_of_its_other_policy(
    shared_data: Callable[[str], Path],
) -> None:
    folder = shared_data("open_bandit")
    random_log, bts = (str(folder / f"{name}_men.csv.gz") for name in ("random", "bts"))
    report = printed("evaluate", "--log", random_log, "--policy", bts)
    truth = next(
        v["estimate"]["value"]["mid"] for v in report["values"] if v["estimator"] == "logged"
    )
    estimates = [v["estimate"] for v in report["values"] if v["estimator"] != "logged"]
    assert len(estimates) == 4
    for found in estimates:
        assert found["value"]["low"] <= truth <= found["value"]["high"]
    shown = run("evaluate", "--log", random_log)
    assert "uniform" in shown.stdout


def test_a_log_in_another_format_is_refused_with_the_columns_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("item,clicked\na,1\n")
    done = run("evaluate", "--log", str(path), "--policy", "uniform")
    assert isinstance(done.exception, BadInput)
    assert "propensity_score" in done.exception.fix
    path.write_text("item_id,position,click,propensity_score\na,1,1,1\na,1,0,1\n")
    done = run("evaluate", "--log", str(path), "--policy", "uniform")
    assert isinstance(done.exception, Unsupported)
    assert "not randomised" in str(done.exception)


def test_skew_of_served_pages_reaches_the_metrics_and_the_status(shop: Shop) -> None:
    done = run("features", "skew", "--shop", str(shop.root))
    assert done.exit_code == 0, done.exception
    skew = json.loads(shop.skew_file.read_text())
    assert skew["n_pages"] > N_PAGES / 2
    assert skew["share_different"] < 1e-3
    with TestClient(create_app(shop.root, ServeConfig())) as client:
        text = client.get("/metrics").text
    assert f'baihuo_skew_share{{bundle_id="{skew["bundle_id"]}"' in text
    assert "served values differ" in run("status", "--shop", str(shop.root)).stdout


@pytest.mark.slow(reason="the gate replays features, once")
def test_the_gate_is_told_the_skew_of_the_live_bundles_pages(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for measure in ("recommendation_clicks", "search_relevance"):  # its other checks see few pages
        monkeypatch.setattr(f"baihuo.release.{measure}.MOST_PAGES", 10)
    shop.skew_file.unlink(missing_ok=True)
    [skew] = [c for c in flow.run_gate(shop).checks if c.name == "skew"]
    assert skew.measured["served_n_values"] > 1000  # type: ignore[operator]
    assert "of served pages" in skew.why
    assert shop.skew_file.exists()


def test_explain_shows_a_page_stage_by_stage_without_logging_it(shop: Shop) -> None:
    n_served = peek_served(shop.served_log).n_pages
    shown = run("explain", "手机", "--shop", str(shop.root))
    assert shown.exit_code == 0, shown.exception
    page = printed("explain", "手机", "--shop", str(shop.root))
    for words in ("matches", "answer set of", "propensity", f"order: {page['order']}"):
        assert words in shown.stdout
    assert page["order"].startswith(("text", "learned:"))
    assert {"matches", "in_catalogue", "page"} <= {step["stage"] for step in page["trace"]}
    assert {r["propensity"] for r in page["results"]} == {1.0}  # the order without chance
    beside = page["results"][0]["product_id"]
    assert printed("explain", "--product", beside, "--shop", str(shop.root))["surface"] == "similar"
    home = printed("explain", "--visitor", "sim3", "--shop", str(shop.root))
    assert home["surface"] == "home"
    assert "like_what_you_viewed" in {
        r["reason"] for r in home["results"]
    }  # the live log is followed
    assert peek_served(shop.served_log).n_pages == n_served


def test_explain_says_what_lifts_a_product(shop: Shop) -> None:
    first = printed("explain", "shirt", "--shop", str(shop.root))["results"][0]["product_id"]
    why = printed("explain", "shirt", "--why", first, "--shop", str(shop.root))["why"]
    assert (why["product_id"], why["position"]) == (first, 1)
    assert why["causes"]
    shown = run("explain", "shirt", "--why", first, "--shop", str(shop.root))
    assert f"Why {first} is at position 1" in " ".join(shown.output.split())
    unknown = run("explain", "shirt", "--why", "nope", "--shop", str(shop.root))
    assert isinstance(unknown.exception, NotFound)
    assert "'nope' is not in the index" in unknown.exception.what


def test_explain_says_why_a_product_is_not_on_the_page(shop: Shop) -> None:
    shirts = printed("explain", "shirt", "--shop", str(shop.root))["results"]
    away = run("explain", "手机", "--why-not", shirts[0]["product_id"], "--shop", str(shop.root))
    assert "too few of the words" in " ".join(away.stdout.split())
    there = printed(
        "explain", "shirt", "--why-not", shirts[2]["product_id"], "--shop", str(shop.root)
    )
    assert there["why_not"]["position"] == 3


@pytest.mark.parametrize(
    "words", [["手机", "--surface", "home"], ["--surface", "similar"], ["--surface", "cart"]]
)
def test_explain_refuses_what_does_not_go_together(words: list[str], tmp_path: Path) -> None:
    done = run("explain", *words, "--shop", str(tmp_path))
    assert isinstance(done.exception, BadInput)


def test_explain_before_any_release_says_what_to_do(tmp_path: Path) -> None:
    done = run("explain", "lamp", "--shop", str(tmp_path))
    assert isinstance(done.exception, NotFound)
    assert "baihuo release" in done.exception.fix
    assert list(tmp_path.iterdir()) == []


def test_status_of_a_shop_that_serves_names_its_bundle_and_what_comes_next(shop: Shop) -> None:
    live = read_live(shop.bundles)
    assert live is not None
    status = printed("status", "--shop", str(shop.root))
    assert status["live"]["bundle"]["bundle_id"] == live.bundle_id
    assert status["live"]["bundle"]["is_open"]
    assert status["served"]["n_pages"] == N_PAGES
    assert status["log"]["n_waiting"] == 0
    assert status["problems"] == []
    assert status["next_step"].startswith("baihuo update")
    for file in (shop.bundles / live.bundle_id).iterdir():
        file.touch()  # as in a copied shop: newer than the release
    assert printed("status", "--shop", str(shop.root))["next_step"].startswith("baihuo update")
    for folder in (shop.features / "state").iterdir():
        folder.rename(folder.with_suffix(".away"))
    try:
        (next((shop.features / "state").iterdir()) / "meta.json").rename(shop.root / "meta.json")
        assert printed("status", "--shop", str(shop.root))["next_step"].startswith(
            "baihuo features"
        )
    finally:
        for folder in (shop.features / "state").iterdir():
            (shop.root / "meta.json").rename(folder / "meta.json")
            folder.rename(folder.with_suffix(""))


def test_a_policy_that_nobody_knows_is_refused_with_those_that_are_known(shop: Shop) -> None:
    done = run("evaluate", "--policy", "nonsense", "--shop", str(shop.root))
    assert isinstance(done.exception, BadInput)
    assert "greedy" in done.exception.fix
