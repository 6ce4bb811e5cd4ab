"""What somebody types is completed by searches that several visitors typed, by categories and by products."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.index._shop import bags, opened

from baihuo.core import Product
from baihuo.engine import DuckTables
from baihuo.index import (
    Completions,
    Generation,
    IndexOptions,
    Suggester,
    TypedQuery,
    build,
    read_typed_queries,
    typed_queries,
    write_typed_queries,
)

SHOP = {
    ("Phones", "Smartphones"): ("Acme Pulse {} Smartphone", "脉冲{} 手机"),
    ("Phones", "Phone cases"): ("Guard Frost {} Phone Case", "霜雾{} 手机壳"),
    ("Beauty", "Face masks"): ("Flora Dew {} Face Mask", "露珠{} 面膜"),
}
LOG = [
    ("red phone case", 9),
    ("phone charger", 7),
    ("phone case", 12),
    ("手机", 20),
    ("手机壳", 15),
    ("面膜 补水", 6),
    ("grand piano", 8),  # of which no product has a word
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    products = [
        Product(
            product_id=f"{path[-1]}-{i}",
            title_en=en.format(f"X{i}"),
            title_zh=zh.format(f"X{i}"),
            category=path,
            stock_units=i,
            released_at_us=i,
        )
        for path, (en, zh) in SHOP.items()
        for i in range(5)
    ]
    return opened(products, tmp_path_factory.mktemp("suggest"))


@pytest.fixture(scope="module")
def suggester(shop: Generation) -> Suggester:
    typed = [(text, [f"v{i}" for i in range(n)], range(n)) for text, n in LOG]
    return Suggester(typed_queries(typed, least_visitors=5), shop)


def queries(suggester: Suggester, typed: str) -> list[str]:
    return list(suggester.suggest(typed, n=6).queries)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("pho", ["phone case", "phone charger", "red phone case"]),  # a later word comes last
        ("PHO", ["phone case", "phone charger", "red phone case"]),
        ("phone c", ["phone case", "phone charger", "red phone case"]),
        ("case", ["phone case", "red phone case"]),
        ("手", ["手机", "手机壳"]),
        ("手机壳", ["手机壳"]),
        ("手機", ["手机", "手机壳"]),
        ("shouj", ["手机", "手机壳"]),
        ("shou ji", ["手机", "手机壳"]),
        ("sjk", ["手机壳"]),
        ("手机k", ["手机壳"]),
        ("面模", ["面膜 补水"]),
        ("补", ["面膜 补水"]),
        ("phnoe", ["phone case", "phone charger", "red phone case"]),
        ("phonr cas", ["phone case", "red phone case"]),
        ("grand", []),  # it would find nothing
        ("zzz", []),
        ("", []),
        ("   ", []),
    ],
)
def test_searches_are_completed(suggester: Suggester, typed: str, first: list[str]) -> None:
    assert queries(suggester, typed) == first


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("frost pho", "frost phone"),
        ("Frost  CA", "frost case"),
        ("dew face ma", "dew face mask"),
        ("for acme sma", "for acme smartphone"),
        ("霜雾 手机", "霜雾 手机壳"),
        ("露珠 面", "露珠 面膜"),
    ],
)
def test_the_last_word_is_completed_from_titles(
    suggester: Suggester, typed: str, first: str
) -> None:
    assert queries(suggester, typed)[:1] == [first]


@pytest.mark.parametrize(
    "typed", ["frost zzz", "frost smartph", "zzz pho", "frost ", "frost p", "frost"]
)
def test_nothing_is_completed_that_no_title_has(suggester: Suggester, typed: str) -> None:
    assert queries(suggester, typed) == []


def test_completing_from_titles_can_be_switched_off(tmp_path: Path) -> None:
    products = [Product(product_id=str(i), title_en=f"Frost X{i} Phone Case") for i in range(5)]
    for completes in (True, False):
        options = IndexOptions(completes_words=completes)
        folder = build(products, encoders=bags(), cache=None, out=tmp_path, options=options)
        found = Suggester([], Generation.open(folder, bags())).suggest("frost pho", n=3)
        assert found.queries == (("frost phone",) if completes else ())


def test_categories_are_found_in_both_languages(suggester: Suggester) -> None:
    for typed in ("face", "masks", "面膜", "mianmo", "fcae m"):
        assert suggester.suggest(typed, n=3).categories == (("Beauty", "Face masks"),), typed


def test_products_have_every_word_and_the_last_one_begins(
    suggester: Suggester, shop: Generation
) -> None:
    found = suggester.suggest("acme pul", n=3).products
    assert [shop.product_ids[r] for r in found] == [f"Smartphones-{i}" for i in (4, 3, 2)]
    everything = suggester.suggest("acme pul", n=9).products
    assert shop.product_ids[everything[-1]] == "Smartphones-0"  # sold out
    assert not len(suggester.suggest("acme mask", n=3).products)
    assert {shop.product(int(r)).category[-1] for r in suggester.suggest("面", n=9).products} == {
        "Face masks"
    }


def test_only_what_enough_visitors_typed_is_suggested() -> None:
    log = [
        ("Red Shoes", ["a", "b"]),
        ("red  shoes", ["b", "c"]),  # the same search
        ("rare shoes", ["a", "b"]),
        ("one person's address", ["a"] * 9),
        ("call ⟨phone⟩ shoes", ["a", "b", "c"]),
        ("x" * 200, ["a", "b", "c"]),
        ("手機", ["a", "b"]),
        ("手机", ["c"]),
    ]
    found = typed_queries([(*of_text, range(3)) for of_text in log], least_visitors=3)
    assert [(q.text.lower(), q.n_visitors) for q in found] == [
        ("red  shoes".replace("  ", " "), 3),
        ("手機", 3),
    ]
    assert found[1].sound == "shouji"


def test_the_log_says_who_typed_what(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"visitor_id": f"v{i}", "query_id": f"q{i}", "query_text": "Kettle", "event_type": "search"}
        for i in range(3)
    ]
    rows += [  # a click belongs to the search of its page, and the same visitor counts once
        {"visitor_id": "v0", "query_id": "q0", "query_text": None, "event_type": "click"},
        {"visitor_id": "v9", "query_id": "q9", "query_text": "lamp", "event_type": "search"},
        {"visitor_id": "v9", "query_id": "q8", "query_text": "lamp", "event_type": "search"},
    ]
    rows += [  # a loop of many visitors, within a minute of the live log, dated over a day
        {"visitor_id": f"bot{i}", "query_id": f"b{i}", "query_text": "buy now", "at": i}
        for i in range(24)
    ]
    hour_us = 3_600_000_000
    for i, row in enumerate(rows):
        at_us = row.pop("at", i) * hour_us
        is_bot = "event_type" not in row
        row |= {"event_type": "search"} if is_bot else {}
        received = {"import_id": 0, "received_at_us": 24 * hour_us + i if is_bot else at_us}
        row |= {"occurred_at_us": at_us, **received}
    file = tmp_path / "index" / "typed.json"
    tables = DuckTables(threads=1)
    events = pa.Table.from_pylist(rows)
    assert write_typed_queries(file, tables=tables, events=events, least_visitors=2) == [
        TypedQuery("Kettle", 3)
    ]
    assert read_typed_queries(file) == [TypedQuery("Kettle", 3)]
    assert read_typed_queries(tmp_path / "none.json") == []
    assert json.loads(file.read_text("utf-8")) == [["Kettle", 3, "", ""]]
    for damaged in ('[["kettle", 3', '[["kettle", "3"]]', "[7]", '[["kettle"]]'):
        file.write_text(damaged)
        assert read_typed_queries(file) == []


def test_a_long_text_and_odd_characters_complete_to_nothing() -> None:
    completions = Completions([TypedQuery("shoes", 5)])
    for typed in ("x" * 10_000, "\U0010ffff", "%_*?", "😀", "'; drop table"):
        assert completions.complete(typed, 5) == ()
