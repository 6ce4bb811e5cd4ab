"""A released bundle that breaks its promises is rolled back by ``baihuo watch``, and the reason is in the status."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.click_bundles import linear_click_parts
from tests.quality.chosen import few_checks
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.bundle import Bundle, ClickModels, Part, read_live, write
from baihuo.cli.app import app
from baihuo.core import Event, EventType, GateClosed, Page, Placed, Query, Served, Surface
from baihuo.events import EventLog, ServedLog
from baihuo.features import default_features
from baihuo.model_inputs import AT_SERVING, click_columns
from baihuo.models import fit_calibrator
from baihuo.monitor import live_impressions, rollbacks
from baihuo.settings import MonitorSettings, Settings, Shop

COLUMNS = click_columns(default_features())
LOGGED = tuple(name for name in COLUMNS if name not in AT_SERVING)
N_PRODUCTS, N_KINDS, N_PLACES, N_VISITORS = 80, 8, 10, 120
DAY_US = 86_400_000_000
RNG = np.random.default_rng


def odds(taste: np.ndarray) -> np.ndarray:
    """What the model weighs and its calibrator makes of it: the truth too."""
    return taste - 3.0


def parts(calibrators: Mapping[str, Any] | None = None) -> dict[str, Part]:
    made = linear_click_parts(COLUMNS, {"home": "network"}, {"price_log": 1.0})
    if calibrators is not None:
        made["clicks/calibrators.json"] = dict(calibrators)
    return {
        **made,
        "features.json": default_features().to_json(),
        "report.json": {"index_id": "i"},
    }


def poisoned() -> dict[str, Part]:
    """Calibrated on a batch in which somebody's script clicked three of four products."""
    rng = RNG(5)
    taste = rng.normal(size=4_000)
    clicks = rng.random(4_000) < 0.75
    fitted = fit_calibrator(1 / (1 + np.exp(1 - taste)), clicks.astype(float), seed=1)
    return parts({"home": fitted.to_json()})


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path / "shop")
    made.write_settings(Settings(monitor=MonitorSettings(min_impressions=500)))
    few_checks(made.rules_file, "schema", "duplicates", "orphans")
    products = tmp_path / "products.jsonl"
    rows = [
        {
            "product_id": f"p{i}",
            "title_en": f"thing number {i} of kind {i % N_KINDS}",
            "category": f"kind {i % N_KINDS} > sort",
            "price": 10 + i,
            "currency": "EUR",
            "stock_units": 5,
        }
        for i in range(N_PRODUCTS)
    ]
    products.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    flow.import_files(made, [products])
    return made


def release(shop: Shop, *pairs: tuple[str, int]) -> None:
    """As if these bundles had gone live at these times, oldest first."""
    newest, *older = [
        {"bundle_id": bundle_id, "index_id": "i", "since_us": at_us}
        for bundle_id, at_us in reversed(pairs)
    ]
    (shop.bundles / "live.json").write_text(json.dumps({**newest, "history": older}))


def visit(
    shop: Shop, bundle_id: str, from_us: int, until_us: int, *, one_kind: bool = False
) -> None:
    """Pages of ten products that a bundle serves, and what shoppers truly click there."""
    rng, n_pages = RNG(from_us % 1_000), 200
    served, log = ServedLog(shop.served_log), EventLog(shop.log)
    events: list[Event] = []
    for n, at_us in enumerate(np.sort(rng.integers(from_us, until_us, n_pages)).tolist()):
        query_id, visitor_id = f"{bundle_id}-{n}", f"v{rng.integers(N_VISITORS)}"
        products = rng.choice(N_PRODUCTS // N_KINDS if one_kind else N_PRODUCTS, N_PLACES, False)
        ids = [f"p{p * N_KINDS if one_kind else p}" for p in products]
        taste = rng.normal(size=N_PLACES)
        features = np.zeros((N_PLACES, len(LOGGED)), np.float32)
        features[:, LOGGED.index("price_log")] = taste
        placed = tuple(
            Placed(product_id=p, position=i + 1, score=0.1, propensity=1.0, reason="popular")
            for i, p in enumerate(ids)
        )
        query = Query(query_id=query_id, surface=Surface.HOME, visitor_id=visitor_id, at_us=at_us)
        page = Page(
            query_id=query_id,
            surface="home",
            bundle_id=bundle_id,
            index_id="i",
            placed=placed,
            page=1,
            page_size=N_PLACES,
            total=N_PLACES,
        )
        served.append(
            Served(
                query=query,
                page=page,
                order=tuple(ids),
                feature_names=LOGGED,
                features=features,
                served_at_us=at_us,
            )
        )
        clicked = rng.random(N_PLACES) < 1 / (1 + np.exp(-odds(taste)))
        for i, product_id in enumerate(ids):
            for kind, happened in ((EventType.IMPRESSION, True), (EventType.CLICK, clicked[i])):
                when = at_us + (1_000_000 if kind == EventType.IMPRESSION else 9_000_000 + i)
                if happened:
                    events.append(
                        Event(
                            event_id=f"{query_id}-{kind}-{i}",
                            event_type=kind,
                            visitor_id=visitor_id,
                            occurred_at_us=when,
                            received_at_us=when,
                            query_id=query_id,
                            product_id=product_id,
                            surface="home",
                            position=i + 1,
                            platform="web",
                        )
                    )
    log.append(events)
    log.close()
    served.close()


def watch(shop: Shop, *more: str) -> tuple[Result, dict[str, Any]]:
    done = CliRunner().invoke(app, ["watch", "--shop", str(shop.root), "--json", *more])
    return done, json.loads(done.stdout.splitlines()[-1])


def history(shop: Shop, newer: Callable[[], dict[str, Part]], **how: bool) -> tuple[str, str]:
    """A sound bundle served for ten days, then ``newer`` for five."""
    now_us = flow.now_us()
    sound, other = write(shop.bundles, parts()), write(shop.bundles, newer())
    if sound == other:  # the same model, sealed twice
        other = write(shop.bundles, {**newer(), "note.json": {}})
    release(shop, (sound, now_us - 30 * DAY_US), (other, now_us - 5 * DAY_US))
    visit(shop, sound, now_us - 15 * DAY_US, now_us - 5 * DAY_US - DAY_US // 24)
    visit(shop, other, now_us - 5 * DAY_US, now_us - DAY_US // 24, **how)
    return sound, other


@pytest.mark.slow(reason="three looks, each with the checks before it")
def test_a_model_of_a_poisoned_batch_is_rolled_back_and_the_status_says_why(shop: Shop) -> None:
    sound, bad = history(shop, poisoned)
    _, looked = watch(shop, "--only-look")
    assert looked["reasons"]
    live = read_live(shop.bundles)
    assert live is not None
    assert live.bundle_id == bad, "looking changes nothing"

    done, found = watch(shop)
    assert done.exit_code == 6, done.output
    assert found["action"] == "rolled back"
    assert [one["name"] for one in found["watched"]] == [
        "calibration",
        "ctr",
        "coverage of products",
        "coverage of categories",
    ]
    assert len(found["reasons"]) == 1
    assert "calibration is 0." in found["reasons"][0]
    assert "ALERT" in done.stderr
    live = read_live(shop.bundles)
    assert live is not None
    assert live.bundle_id == sound
    [back] = rollbacks(shop.bundles)
    assert (back.bundle_id, back.to_bundle_id) == (bad, sound)
    shown = CliRunner().invoke(app, ["status", "--shop", str(shop.root)], env={"COLUMNS": "300"})
    assert f"rolled back from bundle {bad}" in shown.stdout
    assert "calibration is 0." in shown.stdout
    as_json = json.loads(
        CliRunner().invoke(app, ["status", "--shop", str(shop.root), "--json"]).stdout
    )
    assert as_json["rollback"]["reasons"] == found["reasons"]

    with pytest.raises(GateClosed, match="was rolled back"):
        flow.release(shop, bad)
    done, again = watch(shop)  # the sound one has no page since it is live again
    assert (done.exit_code, again["action"]) == (0, "none")


def claimed(shop: Shop, bundle_id: str) -> dict[tuple[str, str, int], set[float]]:
    """P(click) that the bundle's model gives each placement where it stood, page by page, by visitor, product and position."""
    found: dict[tuple[str, str, int], set[float]] = {}
    models = ClickModels.open(Bundle.open(shop.bundles / bundle_id))
    assert models is not None
    log = ServedLog(shop.served_log)
    for served in (page for batch in log.batches() for page in batch):
        if served.page.bundle_id != bundle_id:
            continue
        matrix = np.full((N_PLACES, len(COLUMNS)), np.nan, np.float32)
        matrix[:, [COLUMNS.index(name) for name in LOGGED]] = served.features
        matrix[:, COLUMNS.index("position")] = np.arange(1, N_PLACES + 1)
        p_click = models.calibrators["home"].apply(models.probabilities(matrix))
        for placed, p in zip(served.page.placed, p_click, strict=True):
            key = served.query.visitor_id, placed.product_id, placed.position
            found.setdefault(key, set()).add(round(float(p), 5))
    log.close()
    return found


def test_every_impression_gets_the_probability_that_was_claimed_for_it(shop: Shop) -> None:
    sound, same = history(shop, parts)
    flow.check(shop)
    live = read_live(shop.bundles)
    assert live is not None
    shown, before = live_impressions(
        flow.engine(shop),
        shop,
        live,
        Bundle.open(shop.bundles / same),
        attribution_minutes=30,
        reference_days=28,
        newest_pages=1_000,
    )
    assert len(before) == 2_000
    assert 1_950 <= len(shown) <= 2_000, "the windows of the last page are still open"
    truth = claimed(shop, same)
    keys = zip(shown.visitor, shown.product, shown.position.tolist(), strict=True)
    for key, p in zip(keys, shown.p_click.tolist(), strict=True):
        assert round(p, 5) in truth[key]
    assert np.isnan(before.p_click).all()
    assert sound != same


def test_a_model_that_shows_one_category_is_rolled_back(shop: Shop) -> None:
    sound, _ = history(shop, parts, one_kind=True)
    done, found = watch(shop)
    assert done.exit_code == 6, done.output
    assert found["rolled_back_to"] == sound
    outside = {one["name"] for one in found["watched"] if one["high"] < one["lowest"]}
    assert outside == {"coverage of categories", "coverage of products"}


@pytest.mark.slow(reason="two looks, each with the checks before it")
def test_a_sound_model_stays_and_a_bundle_that_was_gone_back_to_is_kept(shop: Shop) -> None:
    _, same = history(shop, parts)
    done, found = watch(shop)
    assert (done.exit_code, found["reasons"]) == (0, [])
    live = read_live(shop.bundles)
    assert live is not None
    assert live.bundle_id == same
    # Without a bundle before it there is an alert, and what serves stays.
    bad = write(shop.bundles, poisoned())
    release(shop, (bad, flow.now_us() - 5 * DAY_US))
    visit(shop, bad, flow.now_us() - 4 * DAY_US, flow.now_us() - DAY_US // 24)
    done, found = watch(shop)
    assert (done.exit_code, found["action"]) == (6, "alert")
    assert found["why_no_rollback"] == "no bundle was live before this one"


@pytest.mark.slow(reason="one look, with the checks before it")
def test_where_rolling_back_is_off_or_the_data_is_in_doubt_there_is_an_alert_alone(
    shop: Shop,
) -> None:
    _, bad = history(shop, poisoned)
    settings = shop.settings()
    off = settings.monitor.model_copy(update={"rolls_back": False})
    shop.write_settings(settings.model_copy(update={"monitor": off}))
    done, found = watch(shop)
    assert (done.exit_code, found["action"]) == (6, "alert")
    assert "monitor.rolls_back" in found["why_no_rollback"]
    assert "ALERT" in done.stderr
    shop.write_settings(settings)
    looked = flow.watch(shop, doubt="the data failed its checks: too few products")
    assert looked is not None
    assert looked.action == "alert"
    assert looked.why_no_rollback.startswith("the data failed its checks")
    live = read_live(shop.bundles)
    assert live is not None
    assert live.bundle_id == bad
    assert not rollbacks(shop.bundles)
