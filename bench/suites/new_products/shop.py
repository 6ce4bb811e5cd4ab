"""A sample shop that learned without some of its products, and these products."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from baihuo import flow
from baihuo.settings import GateSettings, Settings, Shop
from baihuo.simulate import SPAN_DAYS, UNTIL_US, make_shop
from baihuo.simulate.basics import Basics
from baihuo.simulate.listings import listings
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shop import EVENTS_A_PERSON
from baihuo.simulate.shoppers import Shoppers
from baihuo.simulate.vocabulary import vocabulary

_DAY_US = 86_400_000_000


@dataclass(frozen=True, eq=False)
class World:
    """What is true: all products, those that come later, and people."""

    shelf: Shelf
    shoppers: Shoppers
    basics: Basics
    later: tuple[str, ...]  # product ids
    offers: tuple[dict[str, Any], ...]  # their catalogue entries, as files have them
    others: tuple[dict[str, Any], ...]  # of as many products that were always there
    share_before: float  # of the impressions of the old shop's log that these products had
    seed: int


def made(
    work: Path, *, seed: int, n_products: int, n_events: int, n_later: int
) -> tuple[Shop, World]:
    """The shop, released with whatever order its gate would refuse, and the world."""
    until_us = UNTIL_US + (flow.now_us() - UNTIL_US) // _DAY_US * _DAY_US
    sample, shop = work / "sample", Shop(work / "shop")
    if not (sample / "truth").exists():
        make_shop(sample, seed=seed, n_products=n_products, n_events=n_events, until_us=until_us)
    words = vocabulary()
    all_of_them = list(listings(words, seed=seed, n_products=n_products, until_us=until_us))
    counted_us = until_us - SPAN_DAYS * _DAY_US
    shelf = Shelf.of(words, all_of_them, seed=seed, counted_us=counted_us)
    shoppers = Shoppers.of(shelf, seed=seed, n_people=max(20, n_events // EVENTS_A_PERSON))
    ids = [one.product.product_id for row, one in enumerate(all_of_them) if shelf.is_listed[row]]
    drawn = random.Random(f"later:{seed}").sample(ids, 2 * n_later)
    later, others = frozenset(drawn[:n_later]), frozenset(drawn[n_later:])
    offers = _without(sample / "products.jsonl", work / "products.jsonl", later)
    logged = _without(sample / "events.jsonl", work / "events.jsonl", later)
    n_before = sum(one.get("event_type") == "impression" for one in logged)
    n_kept = (work / "events.jsonl").read_bytes().count(b'"impression"')
    by_id = {one["product_id"]: one for one in reversed(offers)}  # the first line of each is clean
    if not (shop.root / "shop.yaml").exists():
        _released(shop, work)
    world = World(
        shelf,
        shoppers,
        Basics.of(shelf, shoppers, seed=seed),
        tuple(sorted(by_id)),
        tuple(by_id[one] for one in sorted(by_id)),
        tuple(
            {"product_id": p.product_id, "title_en": p.title_en, "title_zh": p.title_zh}
            for p in (one.product for one in all_of_them)
            if p.product_id in others
        ),
        n_before / max(1, n_before + n_kept),
        seed,
    )
    return shop, world


def _without(source: Path, target: Path, later: frozenset[str]) -> list[dict[str, Any]]:
    """Writes the lines that are not of these products; returns the others."""
    taken = []
    with source.open("rb") as lines, target.open("wb") as kept:
        for line in lines:
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                row = {}
            if isinstance(row, dict) and row.get("product_id") in later:
                taken.append(row)
            else:
                kept.write(line)
    return taken


def _released(shop: Shop, work: Path) -> None:
    shop.root.mkdir(parents=True, exist_ok=True)
    shop.write_settings(Settings(name="new products", is_simulation=True, gate=GateSettings()))
    flow.import_files(shop, [work / "products.jsonl", work / "events.jsonl"])
    flow.check(shop)
    trained = flow.train(shop)
    flow.release(shop, trained.bundle_id, force_reason="the benchmark asks what it places")
