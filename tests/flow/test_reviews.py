"""The reviews that customer service speaks of: made of the checked events, and gone with their visitor."""

from __future__ import annotations

from pathlib import Path

import duckdb
from tests.small_events_shop import LEAVES, REVIEW, made

from baihuo import flow
from baihuo.assist.knowledge.reviews import ReviewFile
from baihuo.settings import Shop


def in_the_files(shop: Shop, text: str) -> bool:
    files = shop.assist.glob("reviews.sqlite*")
    return any(text.encode() in file.read_bytes() for file in files)


def n_reviews(shop: Shop) -> int:
    file = ReviewFile(shop.reviews_file)
    try:
        found = [file.of_product(f"p{i}") for i in range(200)]
    finally:
        file.close()
    return sum(one.n for one in found if one is not None)


def test_reviews_of_a_visitor_who_asks_to_be_forgotten_are_gone(tmp_path: Path) -> None:
    shop = made(tmp_path / "shop")
    flow.make_reviews(shop)
    assert in_the_files(shop, "fine")
    assert in_the_files(shop, REVIEW)
    before = n_reviews(shop)
    flow.forget(shop, [LEAVES])
    assert in_the_files(shop, "fine")
    assert not in_the_files(shop, REVIEW)
    assert n_reviews(shop) < before


def test_a_visitors_latest_review_of_a_product_counts_once(tmp_path: Path) -> None:
    shop = made(tmp_path / "shop")
    flow.make_reviews(shop)
    files = f"{shop.clean_events}/*.parquet"
    pairs = duckdb.execute(
        "SELECT count(DISTINCT (visitor_id, product_id)), count(*) FROM read_parquet(?) WHERE event_type = 'review'",
        [files],
    ).fetchone()
    assert pairs is not None
    assert n_reviews(shop) == pairs[0] > 0
