"""docs/privacy.md says of every file of a shop what of visitors is in it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from tests.small_events_shop import LEAVES, made

from baihuo import flow
from baihuo.settings import Shop

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
_CODE = re.compile(r"`([^`]+)`")
# Made by serving, training and releases, which the shop of this test did not do.
OTHERS = (
    *("7-served/served.sqlite", "7-served/served.parquet", "7-served/skew.json"),
    *("5-bundles/live.json", "5-bundles/0123/report.json", "5-bundles/.live.lock"),
    *("6-index/0123/terms.json", "6-index/typed_queries.json", "4-train/vectors.sqlite"),
    *("4-train/encoders/minilm/model.onnx", "3-features/examples.parquet", "visitor.key"),
    *("4-train/20261127-101112/board/events.out", "4-train/llm/answers.sqlite", "keys.sqlite-wal"),
    *("8-assist/identification.sqlite", "8-assist/reviews.sqlite-wal", "policy.yaml"),
    *("7-served/watch.json", "4-train/tune_search.json", "2-clean/catalog.sqlite-wal"),
)


def in_the_table() -> list[str]:
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    return [
        pattern
        for row in rows
        for pattern in _CODE.findall(row)
        if "/" in pattern or "." in pattern
    ]


def without_visitors() -> list[str]:
    (paragraph,) = re.findall(r"^Nothing of visitors is in these:(.*?)\n\n", PAGE, re.M | re.S)
    return _CODE.findall(paragraph)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = made(tmp_path_factory.mktemp("files") / "shop")
    flow.forget(shop, [LEAVES])
    return shop


def test_every_file_of_a_shop_is_on_the_page(shop: Shop) -> None:
    files = [str(p.relative_to(shop.root)) for p in shop.root.rglob("*") if p.is_file()]
    assert len(files) > 25
    known = [*in_the_table(), *without_visitors(), "6-index/*"]
    missing = [
        f
        for f in (*files, *OTHERS)
        if not any(fnmatchcase(f, p) or fnmatchcase(Path(f).name, p) for p in known)
    ]
    assert missing == []


def test_every_room_that_forgets_is_in_the_table_and_each_of_its_places() -> None:
    table = in_the_table()
    for room in flow.ROOMS:
        for place in room.places:
            covered = (fnmatchcase(pattern, place) or pattern == place for pattern in table)
            assert any(covered), (room.name, place)


def test_every_place_in_the_table_is_forgotten_by_a_room() -> None:
    places = [place for room in flow.ROOMS for place in room.places]
    kept = (
        "erasures.sqlite*",
        "audit.sqlite*",
        "8-assist/identification.sqlite*",
        "*-wal",
        "*-shm",
    )  # say what they hold in the table
    for pattern in in_the_table():
        if not any(fnmatchcase(pattern, k) for k in kept):
            assert any(fnmatchcase(pattern, place) or place == pattern for place in places), pattern
