"""An event that came to the server, was taken by a check and fixed: pages count it once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.quality.chosen import few_checks
from tests.small_events_shop import append, live

from baihuo import flow, quality
from baihuo.core import EventType, now_us
from baihuo.events import EventLog
from baihuo.features import FeatureState, default_features, state_folder
from baihuo.settings import Shop

PRODUCTS = "product_id,title,price,currency\np0,Lamp,9.00,EUR\np1,Kettle,19.00,EUR\n"


def as_served(shop: Shop) -> FeatureState:
    """The state that a server starts with: the snapshot, and what came to the log since."""
    features = default_features()
    state = FeatureState.load(state_folder(shop.features, features), features)
    log = EventLog(shop.log)
    try:
        for _, event in log.tail(state.last_seq):
            state.apply(event)
    finally:
        log.close()
    return state


@pytest.mark.parametrize("n_units", [1, 0], ids=["right from the beginning", "fixed"])
def test_a_server_counts_an_event_that_was_fixed_once_and_at_its_time(
    tmp_path: Path, n_units: int
) -> None:
    """The last row of the log was the wrong one: the snapshot has its copy, and the log must not bring it again."""
    shop = Shop(tmp_path / "shop")
    shop.root.mkdir()
    few_checks(shop.rules_file, "schema", "orphans", "sessions")
    (tmp_path / "products.csv").write_text(PRODUCTS)
    flow.import_files(shop, [tmp_path / "products.csv"])
    [seen] = live("visitor", range(1))
    bought = replace(
        seen,
        event_id="bought",
        event_type=EventType.PURCHASE,
        quantity=n_units,
        price_minor=900,
        currency="EUR",
        occurred_at_us=seen.occurred_at_us + 60_000_000,
        received_at_us=seen.received_at_us + 60_000_000,
    )
    append(shop, [seen, bought])
    flow.check(shop)
    if n_units == 0:
        store, mask = flow.row_store(shop), shop.column_mask()
        quality.fix(store, "0:2", {"quantity": "1"}, by="ann", why="the till", mask=mask)
        flow.check(shop)
    flow.make_state(shop)
    history = as_served(shop).history("visitor")
    assert history.purchased_n.tolist() == [1]
    assert history.purchased_units.tolist() == [1]
    assert history.purchased_at_us.tolist() == [bought.received_at_us]
    later = replace(bought, event_id="later", quantity=2, received_at_us=now_us())
    append(shop, [later])  # what comes after the check still counts from the log
    assert as_served(shop).history("visitor").purchased_n.tolist() == [2]
