"""Home pages by tastes: what was clicked, passed over or searched for decides between products that the click models hold equal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.click_bundles import linear_click_parts
from tests.rank.conftest import DAY_US, KINDS, NOW_US, event
from tests.rank.test_pages import ids

from baihuo.bundle import Bundle, open_tastes, taste_parts, write
from baihuo.core import BadInput, Event, EventType, Product, Query, Surface
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.features import SEEN, FeatureState, default_features, snapshot
from baihuo.index import Generation
from baihuo.model_inputs import click_columns
from baihuo.models import LEVELS, Tastes
from baihuo.rank import NO_EXPLORATION, Ranker, why

Ask = Callable[..., Query]
TASTES = Tastes(
    rates=np.array([0.05, 0.1]),
    category=np.array([0.2, 1.2, 3.0]),
    searched=np.array([0.3, 2.0, 8.0]),
    carted=np.array([0.1, 2.0, 8.0]),
    category_prior=np.array([0.8, 0.1, 0.1]),
    brand=np.array([0.7, 2.0]),
    brand_prior=np.tile([0.8, 0.2], (6, 1)),
    level_prior=np.full(len(LEVELS), 1 / len(LEVELS)),
    searched_share={},
    carted_share={},
)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """Its click models hold all products equal."""
    parts = linear_click_parts(click_columns(default_features()), {"home": "network"}, {})
    return Bundle.open(tmp_path / write(tmp_path, {**parts, **taste_parts(TASTES)}))


@pytest.fixture
def ranker(bundle: Bundle, generation: Generation, quiet_state: FeatureState) -> Ranker:
    return Ranker(bundle, generation, quiet_state, exploration=NO_EXPLORATION)


def shown(visitor: str, kind: str, at_us: int, *, surface: str = "home") -> list[Event]:
    """Its three first products, on one page."""
    products = [f"{kind}-{brand}-red" for brand in ("acme", "borealis", "cumulus")]
    return [
        event(
            EventType.IMPRESSION,
            visitor,
            product_id,
            at_us,
            surface=Surface(surface),
            position=place,
            query_id=f"{visitor}-{kind}-{at_us}",
        )
        for place, product_id in enumerate(products, start=1)
    ]


def clicked(visitor: str, product_id: str, at_us: int, **more: Any) -> Event:
    return event(EventType.CLICK, visitor, product_id, at_us, **more)


def n_of(kind: str, page: list[str]) -> int:
    return sum(product_id.startswith(kind) for product_id in page[:6])


def test_three_clicks_on_a_kind_bring_it_into_the_first_row(ranker: Ranker, ask: Ask) -> None:
    state = ranker.state
    for kind in KINDS:
        for one in shown("looks", kind, NOW_US - DAY_US):
            state.apply(one)
    state.apply(clicked("looks", "phone-dorado-blue", NOW_US - DAY_US))
    query = ask("home", visitor_id="looks")
    before = ids(ranker.page(query))
    for brand in ("acme", "borealis", "cumulus"):
        state.apply(clicked("looks", f"mug-{brand}-red", NOW_US - 60, surface=Surface.HOME))
    after = ids(ranker.page(query))
    assert n_of("mug", after) >= 3 > n_of("mug", before)


def test_what_is_shown_again_and_again_and_never_clicked_sinks(ranker: Ranker, ask: Ask) -> None:
    state = ranker.state
    state.apply(clicked("looks", "phone-dorado-blue", NOW_US - 3 * DAY_US))
    query = ask("home", visitor_id="looks", page_size=120)
    place = ids(ranker.page(query))
    for hour in range(20):
        for one in shown("looks", "mug", NOW_US - (hour + 1) * 3_600_000_000):
            state.apply(one)
    sunk = ids(ranker.page(query))

    def middle(page: list[str]) -> float:
        return float(np.median([i for i, one in enumerate(page) if one.startswith("mug")]))

    assert middle(sunk) > middle(place) + 10


def test_a_search_tells_of_a_liking_without_a_click(ranker: Ranker, ask: Ask) -> None:
    state = ranker.state
    state.apply(clicked("looks", "phone-dorado-blue", NOW_US - 3 * DAY_US))
    for hour in range(3):
        for one in shown("looks", "kettle", NOW_US - (hour + 1) * 3_600_000_000, surface="search"):
            state.apply(one)
    page = ids(ranker.page(ask("home", visitor_id="looks")))
    assert n_of("kettle", page) >= 2


def test_why_names_the_taste(ranker: Ranker, ask: Ask) -> None:
    for brand in ("acme", "borealis", "cumulus"):
        ranker.state.apply(clicked("looks", f"mug-{brand}-red", NOW_US - 60, surface=Surface.HOME))
    found = why(ranker, ask("home", visitor_id="looks"), "mug-dorado-blue")
    assert found is not None
    first = found.causes[0]
    assert first.column == "liked_category"
    assert first.adds > 0
    assert first.value > first.of_page


def test_why_names_no_taste_where_it_orders_nothing(
    ranker: Ranker, bundle: Bundle, ask: Ask
) -> None:
    """Neither on the page of somebody who only searched, nor in the order without click models."""
    state = ranker.state
    for one in shown("searches", "kettle", NOW_US - DAY_US, surface="search"):
        state.apply(one)
    state.apply(clicked("looks", "mug-acme-red", NOW_US - DAY_US, surface=Surface.HOME))
    plain = Ranker(
        bundle,
        ranker.generation,
        state,
        exploration=NO_EXPLORATION,
        order_switches={"home": "fused"},
    )
    for asked, visitor in ((ranker, "searches"), (plain, "looks"), (ranker.unlearned(), "looks")):
        found = why(asked, ask("home", visitor_id=visitor), "mug-dorado-blue", n_causes=99)
        assert found is not None
        assert not [cause for cause in found.causes if cause.column.startswith("liked_")]


@pytest.mark.parametrize(("diversity", "most"), [(0, 6), (0.25, 5), (0.5, 4), (0.75, 3), (1, 2)])
def test_diversity_says_how_many_of_six_in_a_row_are_of_one_category(
    ranker: Ranker, bundle: Bundle, ask: Ask, diversity: float, most: int
) -> None:
    for brand in ("acme", "borealis", "cumulus"):
        ranker.state.apply(clicked("looks", f"mug-{brand}-red", NOW_US - 60, surface=Surface.HOME))
    varied = Ranker(
        bundle, ranker.generation, ranker.state, exploration=NO_EXPLORATION, diversity=diversity
    )
    page = ids(varied.page(ask("home", visitor_id="looks", page_size=12)))
    kinds = [product_id.split("-")[0] for product_id in page]
    assert max(kinds[i : i + 6].count("mug") for i in range(7)) == most


def test_the_counts_of_a_snapshot_are_those_of_the_stream(
    products: list[Product], tmp_path: Path
) -> None:
    """Training counts by SQL, serving event by event."""
    log = [
        *shown("v", "mug", NOW_US - 2 * DAY_US),
        *shown("v", "kettle", NOW_US - DAY_US, surface="search"),
        *shown("v", "phone", NOW_US - 120 * DAY_US),  # forgotten
        clicked("v", "mug-acme-red", NOW_US - DAY_US, surface=Surface.HOME),
        clicked("v", "kettle-acme-red", NOW_US - DAY_US + 9, surface=Surface.SEARCH),
        event(EventType.ADD_TO_CART, "v", "kettle-acme-red", NOW_US - DAY_US + 10),
    ]
    streamed = FeatureState(default_features(), products)
    for one in sorted(log, key=lambda e: e.received_at_us):
        streamed.apply(one)
    snapshot(
        DuckTables(),
        default_features(),
        events=events_to_table(log),
        products=products_to_table(products),
        at_us=NOW_US,
        out=tmp_path / "state",
    )
    loaded = FeatureState.load(tmp_path / "state", default_features())
    found = []
    for state in (streamed, loaded):
        history = state.history("v")
        counts = dict(
            zip(
                [state.product_ids[row] for row in history.seen_rows.tolist()],
                history.seen_n.tolist(),
                strict=True,
            )
        )
        found.append({product_id: n for product_id, n in counts.items() if any(n)})
    assert found[0] == found[1]
    names = [one.name.removeprefix("history_n_") for one in SEEN]
    kettle = dict(zip(names, found[0]["kettle-acme-red"], strict=True))
    assert kettle == {
        "impression": 1,
        "click": 1,
        "add_to_cart": 1,
        "searched": 1,
        "found": 0,
        "clicked_found": 1,
    }
    assert "phone-acme-red" not in found[0]


@pytest.mark.parametrize(
    ("name", "value"), [("brand_prior", [[0.5, 0.5]]), ("rates", [0.1, -1.0]), ("level_prior", "x")]
)
def test_a_damaged_part_is_refused(tmp_path: Path, name: str, value: object) -> None:
    parts = taste_parts(TASTES)
    stored = parts["tastes.json"]
    assert isinstance(stored, dict)
    made = write(tmp_path, {"tastes.json": {**stored, name: value}})
    with pytest.raises(BadInput, match="train again"):
        open_tastes(Bundle.open(tmp_path / made))


def test_a_part_is_read_as_it_was_written(bundle: Bundle) -> None:
    read = open_tastes(bundle)
    assert read is not None
    for name in Tastes.__slots__:
        assert np.array_equal(getattr(read, name), getattr(TASTES, name))
