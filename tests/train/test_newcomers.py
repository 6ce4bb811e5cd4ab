"""The order of first pages: what places do not explain, and basic information of a visitor before the first click."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

from baihuo.bundle import Bundle, newcomer_parts, open_newcomers, write
from baihuo.cli.model_tables import models_table
from baihuo.core import Event, EventType, Product, VisitorBasics
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.features import FeatureState, default_features
from baihuo.models import NewcomerOrder
from baihuo.train import Learned, train_newcomers
from baihuo.train.newcomers.appeal import shrunk_appeal
from baihuo.train.newcomers.credibility import NEVER, credibility_strength
from baihuo.train.newcomers.visitors import known_visitors

START_US = 1_790_000_000_000_000
MINUTE_US = 60_000_000
TOPS = ("Kitchen", "Toys", "Garden", "Phones")
N_VISITORS = 400


def products() -> list[Product]:
    return [
        Product(product_id=f"{top}-{i}", title_en=f"{top} {i}", category=(top, f"{top} {i % 2}"))
        for top in TOPS
        for i in range(6)
    ]


def basics_of_visitor(v: int) -> dict[str, Any]:
    """Every second visitor comes from a region that loves kitchens; the platform says nothing."""
    basics: dict[str, Any] = {
        "platform": ("web", "app")[(v // 2) % 2],
        "region": ("CN-GD", "CN-SH")[v % 2],
        "referrer": "https://www.blog.example/a?b=c",
        "language": "zh-CN",
    }
    if v % 5 == 0:
        basics["interests"] = "Toys" if v % 3 else "Toys | Garden 0"
    return basics


def log() -> list[Event]:
    """Home pages of eight products each; the first place is clicked three times as often as the last."""
    rng, made = np.random.default_rng(5), []
    catalogue = products()
    for v in range(N_VISITORS):
        basics = basics_of_visitor(v)
        loved = "Kitchen" if v % 2 == 0 else "Phones"
        loved = "Toys" if "interests" in basics and v % 10 else loved
        at_us = START_US + v * 30 * MINUTE_US
        for page in range(3):
            rows = rng.permutation(len(catalogue))[:8].tolist()
            for place, row in enumerate(rows, start=1):
                product = catalogue[row]
                at_us += 1_000_000
                base: dict[str, Any] = {
                    "visitor_id": f"v{v}",
                    "query_id": f"q{v}-{page}",
                    "product_id": product.product_id,
                    "surface": "home",
                    "position": place,
                    "occurred_at_us": at_us,
                    "received_at_us": at_us,
                }
                first = basics if page == 0 and place == 1 else {}
                name = f"{v}-{page}-{place}"
                made.append(
                    Event(event_id=f"i{name}", event_type=EventType.IMPRESSION, **base, **first)
                )
                chance = (0.5 if product.category[0] == loved else 0.1) * (1.5 - place / 8)
                if rng.random() < chance:
                    made.append(Event(event_id=f"c{name}", event_type=EventType.CLICK, **base))
    return made


@pytest.fixture(scope="module")
def events() -> pa.Table:
    return events_to_table(log())


@pytest.fixture(scope="module")
def learned(events: pa.Table) -> Learned:
    return train_newcomers(
        DuckTables(threads=1), events=events, products=products_to_table(products()), seed=1
    )


def test_what_says_something_is_trusted_and_what_says_nothing_is_not(
    learned: Learned,
) -> None:
    report = learned.report
    assert report["n_visitors"] > 200
    assert report["strength"]["region"] < 20  # visitors: everybody weighs less than this segment
    assert report["strength"]["platform"] > 500
    assert report["segments"]["weight"] > 0
    assert report["declared"]["weight"] > 0
    rest = learned.parts["sources/newcomers.json"]
    assert isinstance(rest, dict)
    by_region = rest["segments"]["region"]
    assert by_region["CN-GD"]["Kitchen"] > 0.3 > -0.3 > by_region["CN-SH"]["Kitchen"]
    assert rest["declared_log_lift"] > 0.3


def test_the_report_says_in_words_what_is_used(learned: Learned) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(models_table({"newcomers": learned.report}))
    text = console.export_text()
    assert learned.report["pages"]["n_pages"] >= 50
    assert "clicks beyond positions" in text
    assert "declared interests" in text
    assert "not used" not in text
    console.print(models_table({"newcomers": {"why_not": "there are no events"}}))
    assert "by popularity: there are no events" in console.export_text()


def test_a_log_of_an_older_shop_without_these_columns_teaches_appeal_alone(
    events: pa.Table,
) -> None:
    older = events.drop_columns(["language", "region", "referrer", "interests"])
    result = train_newcomers(
        DuckTables(threads=1), events=older, products=products_to_table(products()), seed=1
    )
    assert "sources/newcomers.npz" in result.parts
    assert result.report["n_declared"] == 0
    assert result.report["declared"]["weight"] == 0


def test_a_new_shop_starts_from_what_another_knows_until_its_own_visitors_say_otherwise(
    events: pa.Table, learned: Learned
) -> None:
    other = order_of(learned)
    few = events.slice(0, 150)  # five visitors
    plain, started = (
        order_of(
            train_newcomers(
                DuckTables(threads=1),
                events=few,
                products=products_to_table(products()),
                seed=1,
                start=start,
            )
        )
        for start in (None, other)
    )
    categories = [(top, f"{top} 0") for top in TOPS]
    basics = VisitorBasics(region="CN-GD", interests=("Toys",))
    assert not plain.category_scores(categories, basics, 0).any()
    kitchen, toys, garden, phones = started.category_scores(categories, basics, 0)
    assert min(toys, kitchen) > 0.1 > max(garden, phones)
    # This shop's people turn from what they declare: its own visitors outweigh the other shop.
    wrong = replace(other, declared_log_lift=-2.0)
    own = train_newcomers(
        DuckTables(threads=1),
        events=events,
        products=products_to_table(products()),
        seed=1,
        start=wrong,
    )
    assert order_of(own).declared_log_lift > 0.3


def order_of(result: Learned) -> NewcomerOrder:
    """What was learned; where nothing was, one that knows no product."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        found = open_newcomers(Bundle.open(folder / write(folder, result.parts)))
    return found or NewcomerOrder(np.empty(0, dtype=object), np.empty(0, np.float32))


def test_without_impressions_there_is_a_reason_and_no_part(events: pa.Table) -> None:
    clicks = events.filter(pa.compute.equal(events.column("event_type"), "click"))
    for some in (clicks, events.slice(0, 0)):
        result = train_newcomers(
            DuckTables(threads=1), events=some, products=products_to_table(products())
        )
        assert not result.parts
        assert result.report["why_not"]


def test_training_and_serving_know_the_same_of_every_visitor(events: pa.Table) -> None:
    """What a client says with its first event and what serving remembers of a profile are read by one function."""
    state = FeatureState(default_features(), products())
    for v in range(N_VISITORS):
        at_us = START_US + v
        basics = {"occurred_at_us": at_us, "received_at_us": at_us, **basics_of_visitor(v)}
        state.apply(
            Event(event_id=f"p{v}", event_type=EventType.PROFILE, visitor_id=f"v{v}", **basics)
        )
    category_of = {p.product_id: " > ".join(p.category) for p in products()}
    trained = known_visitors(
        DuckTables(threads=1), events=events, category_of=category_of, before_us=2**62
    )
    clicked = sorted({e.visitor_id for e in log() if e.event_type is EventType.CLICK})
    assert trained.basics == [state.basics(visitor_id) for visitor_id in clicked]
    assert trained.basics[0] == VisitorBasics(
        platform="web",
        language="zh",
        country="CN",
        region="CN-GD",
        referrer="blog.example",
        interests=("Toys", "Garden 0"),
    )
    assert np.allclose(trained.shares.sum(axis=1), 1)


def test_appeal_is_nearer_to_the_truth_than_the_plain_ratio_and_than_nothing() -> None:
    rng = np.random.default_rng(4)
    expected = rng.uniform(0.5, 40, 400)
    true = rng.gamma(4.0, 0.25, 400)  # mean 1, variance ¼
    clicked = rng.poisson(true * expected).astype(np.float64)
    appeal = shrunk_appeal(clicked, expected)
    error = ((appeal - true) ** 2).mean()
    assert error < 0.8 * ((clicked / expected - true) ** 2).mean()
    assert error < 0.5 * ((1 - true) ** 2).mean()
    few = expected < 2
    assert appeal[few].std() < 0.5 * (clicked / expected)[few].std()


def test_where_ratios_differ_by_chance_alone_all_products_are_alike() -> None:
    rng = np.random.default_rng(5)
    expected = rng.uniform(0.5, 40, 400)
    assert abs(shrunk_appeal(rng.poisson(expected).astype(np.float64), expected) - 1).max() < 0.2
    assert shrunk_appeal(np.zeros(3), np.ones(3)).max() <= 1  # nobody clicked anything


def test_a_segment_by_chance_weighs_nothing_and_a_true_one_as_its_variance_says() -> None:
    rng = np.random.default_rng(2)
    segment = np.repeat(np.arange(20), 50)
    by_chance = rng.dirichlet(np.ones(4), 1000)
    assert credibility_strength(by_chance, segment, by_chance.mean(axis=0)) > 200
    # Means of segments vary by 0.1, visitors within by 0.2 (in each of two categories): (0.2 / 0.1)² = 4
    mean = np.clip(0.5 + 0.1 * rng.standard_normal(20), 0.05, 0.95)[segment]
    first = mean + 0.2 * rng.standard_normal(1000)
    shares = np.stack([first, 1 - first], axis=1)
    assert 2 < credibility_strength(shares, segment, shares.mean(axis=0)) < 8
    assert credibility_strength(shares[:50], segment[:50], shares.mean(axis=0)) == NEVER


def test_a_stored_order_scores_as_the_learned_one() -> None:
    order = NewcomerOrder(
        np.array(["a", "b"], dtype=object),
        np.array([2.0, 0.5], np.float32),
        1.0,
        1.0,
        0.5,
        {"region": {"CN-GD": {"Kitchen": 0.4}}},
    )
    rest = newcomer_parts(order)["sources/newcomers.json"]
    assert isinstance(rest, dict)
    assert rest["segments"]["region"]["CN-GD"] == {"Kitchen": 0.4}
    categories = [("Kitchen", "Pots"), ("Toys",), ()]
    basics = VisitorBasics(region="CN-GD", interests=("Pots",))
    assert order.category_scores(categories, basics, 0).tolist() == [1.2, 0.0, 0.0]
    assert order.category_scores(categories, VisitorBasics(), 0).tolist() == [0, 0, 0]
    assert order.appeal_of(["b", "unknown"]).tolist() == [0.5, 1.0]
