"""Related searches: what several visitors also searched for, and what the catalogue offers where the log says nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from tests.index._shop import opened

from baihuo.core import Event, EventType, Product
from baihuo.core.tables import events_to_table
from baihuo.engine import DuckTables
from baihuo.index import (
    Generation,
    LearnedSearches,
    RelatedSearches,
    learn_related,
    read_related,
    search_key,
    write_related,
    write_typed_queries,
)

MINUTE_US = 60_000_000
SHOP = {
    ("Phones", "Smartphones"): ("{} Pulse X{} Smartphone, {}", "{} 脉冲X{} 智能手机"),
    ("Phones", "Phone cases"): ("{} Frost X{} Phone Case, {}", "{} 霜雾X{} 手机壳"),
    ("Phones", "Chargers"): ("{} Volt X{} Charger, {}", "{} 电源X{} 充电器"),
    ("Kitchen", "Kettles"): ("{} Boil X{} Kettle, {}", "{} 沸腾X{} 电热水壶"),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    products = [
        Product(
            product_id=f"{path[-1]}-{i}",
            title_en=en.format(("Acme", "Norda")[i % 2], i, ("Red", "Blue")[i // 3]),
            title_zh=zh.format(("Acme", "Norda")[i % 2], i),
            brand=("Acme", "Norda")[i % 2],
            category=path,
            stock_units=i,
            attributes={"Colour": ("Red", "Blue")[i // 3]},
        )
        for path, (en, zh) in SHOP.items()
        for i in range(6)
    ]
    return opened(products, tmp_path_factory.mktemp("related"))


class Log:
    """Visits, each some searches with what was clicked after them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def visit(self, visitor: str, *searches: str | tuple[str, str]) -> None:
        begins_us = len(self.events) * 60 * MINUTE_US  # each visit in an hour of its own
        for number, search in enumerate(searches):
            text, clicked = search if isinstance(search, tuple) else (search, "")
            query_id, at_us = f"q{len(self.events)}", begins_us + (1 + number) * MINUTE_US
            self._add(EventType.SEARCH, visitor, query_id, at_us, query_text=text)
            if clicked:
                self._add(EventType.CLICK, visitor, query_id, at_us + 1, product_id=clicked)

    def _add(self, kind: EventType, visitor: str, query_id: str, at_us: int, **fields: str) -> None:
        event = Event(
            event_id=f"e{len(self.events)}",
            event_type=kind,
            visitor_id=visitor,
            session_id=f"s-{visitor}",
            occurred_at_us=at_us,
            received_at_us=at_us,
            query_id=query_id,
            **fields,  # type: ignore[arg-type]
        )
        self.events.append(event)

    def learned(self, shop: Generation, folder: Path, *, least: int = 5) -> LearnedSearches:
        tables = DuckTables(threads=1)
        events: pa.Table = events_to_table(self.events)
        file = folder / "typed.json"
        typed = write_typed_queries(file, tables=tables, events=events, least_visitors=least)
        learned = learn_related(typed, shop, tables=tables, events=events)
        write_related(folder / "related.json", learned)
        assert read_related(folder / "related.json") == learned
        return learned


def of(learned: LearnedSearches, shop: Generation, text: str, n: int = 6) -> list[str]:
    return list(RelatedSearches(learned, shop).of(text, n=n))


def busy(log: Log) -> None:
    """Many visitors with one search each, so that nothing is usual by chance."""
    for number in range(40):
        log.visit(f"other-{number}", ("charger", "blue smartphone", "kettle")[number % 3])


def test_what_visitors_search_for_next_is_offered_first(shop: Generation, tmp_path: Path) -> None:
    log = Log()
    busy(log)
    for number in range(8):
        log.visit(f"v{number}", "smartphone", "charger")
    learned = log.learned(shop, tmp_path)
    assert of(learned, shop, "smartphone")[0] == "charger"
    assert of(learned, shop, "SMARTPHONES")[0] == "charger"  # the same search
    assert of(learned, shop, "acme smartphone")[:2] == ["smartphone", "charger"]  # a rare one


def test_searches_with_clicks_on_the_same_products_are_related(
    shop: Generation, tmp_path: Path
) -> None:
    log = Log()
    busy(log)
    for number in range(12):
        clicked = f"Smartphones-{number % 6}"
        log.visit(f"a{number}", ("smartphone", clicked))
        log.visit(f"b{number}", ("acme charger", clicked))
        log.visit(f"c{number}", ("kettle", f"Kettles-{number % 6}"))
    learned = log.learned(shop, tmp_path)
    assert of(learned, shop, "smartphone")[0] == "acme charger"
    assert "acme charger" not in of(learned, shop, "kettle", n=20)


def test_what_few_visitors_did_or_typed_relates_nothing(shop: Generation, tmp_path: Path) -> None:
    log = Log()
    busy(log)
    for number in range(8):
        log.visit(f"a{number}", "smartphone")
        log.visit(f"b{number}", "phone case")
    for number in range(2):  # each typed by enough, but both by two visitors
        log.visit(f"c{number}", "smartphone", "phone case")
    for number in range(4):  # by four visitors
        log.visit(f"d{number}", "smartphone", "red phone case of anna")
    for _ in range(9):  # often, by one
        log.visit("e", "smartphone", "phone case acme")
    log.visit("f", "smartphone", "call ⟨phone⟩ charger")
    learned = log.learned(shop, tmp_path)
    assert [s.text for s in learned.searches] == [
        "smartphone",
        "charger",
        "blue smartphone",
        "kettle",
        "phone case",
    ]
    assert search_key("phone case") not in learned.related
    nothing = of(LearnedSearches(), shop, "smartphone", n=20)
    assert of(learned, shop, "smartphone", n=20) == nothing


def test_what_finds_nothing_is_never_offered(shop: Generation, tmp_path: Path) -> None:
    log = Log()
    busy(log)
    for number in range(9):
        log.visit(f"a{number}", "smartphone", "grand piano", "zorbo charger", "smratphone")
    learned = log.learned(shop, tmp_path)
    offered = of(learned, shop, "smartphone", n=20)
    assert offered
    assert not {"grand piano", "zorbo charger", "smratphone"} & {*offered}


def test_a_search_whose_products_are_gone_is_offered_no_more(tmp_path: Path) -> None:
    products = [
        Product(product_id=f"{kind}-{i}", title_en=f"Acme {kind} X{i}", category=("All", kind))
        for kind in ("Kettle", "Toaster")
        for i in range(3)
    ]
    generation = opened(products, tmp_path)
    log = Log()
    for number in range(9):
        log.visit(f"a{number}", "kettle", "acme toaster")
        log.visit(f"b{number}", "acme kettle")
    learned = log.learned(generation, tmp_path)
    related = RelatedSearches(learned, generation)
    assert related.of("kettle", n=3)[0] == "acme toaster"
    generation.remove([f"Toaster-{i}" for i in range(3)])
    assert not [t for t in related.of("kettle", n=9) if "toaster" in t]


def test_forms_of_one_search_are_one_link(shop: Generation, tmp_path: Path) -> None:
    log = Log()
    busy(log)
    for number in range(9):
        log.visit(f"a{number}", "smartphone", "red phone case")
        log.visit(f"b{number}", "smartphone", "Phone Cases red")
        log.visit(f"c{number}", "智能手机", "手机壳")
        log.visit(f"d{number}", "智能手机", "手機殼")
    learned = log.learned(shop, tmp_path)
    english = of(learned, shop, "smartphone", n=20)
    assert len({search_key(t) for t in english}) == len(english)
    assert english[0].lower() in ("red phone case", "phone cases red")
    chinese = of(learned, shop, "智能手机", n=20)
    assert chinese[0] in ("手机壳", "手機殼")
    assert [t for t in chinese if search_key(t) == search_key("手机壳")] == chinese[:1]


def test_narrower_and_other_searches_take_turns_in_one_script(
    shop: Generation, tmp_path: Path
) -> None:
    log = Log()
    busy(log)
    for number in range(9):
        for text in ("red smartphone", "acme smartphone", "phone case", "手机壳"):
            log.visit(f"{text}{number}", "smartphone", text)
    found = of(log.learned(shop, tmp_path), shop, "smartphone", n=3)
    assert {*found} == {"red smartphone", "acme smartphone", "phone case"}
    assert found[1] == "phone case"  # in the middle
    assert "手机壳" not in of(log.learned(shop, tmp_path), shop, "smartphone", n=20)


def test_a_new_shop_offers_brands_values_and_sibling_categories(shop: Generation) -> None:
    found = of(LearnedSearches(), shop, "smartphone", n=20)
    assert {"acme smartphone", "red smartphone", "phone cases", "chargers"} <= {*found}
    assert not [t for t in found if "kettle" in t]  # of another department
    chinese = of(LearnedSearches(), shop, "智能手机", n=20)
    assert {"手机壳", "充电器"} <= {*chinese}
    assert of(LearnedSearches(), shop, "acme smartphone", n=20).count("acme smartphone") == 0
    for text in ("", "   ", "zzzz", "😀", "grand piano", "!!!", "x" * 10_000):
        assert of(LearnedSearches(), shop, text) == [], text


def test_chinese_pages_name_brands_in_chinese_where_the_shop_does(tmp_path: Path) -> None:
    names = {"Norvik": "诺维克", "Xinghe": "星河", "Acme": "", "Zeta": ""}
    kinds = ("手机", "平板电脑", "耳机")
    products = [
        Product(
            product_id=f"{brand}-{kind}-{i}",
            title_zh=f"{chinese}{('轻享', '锋刃', '新星')[i]}{kind}"
            if chinese
            else f"新款{kind}{i}",
            brand=brand,
            category=("数码", kind),
        )
        for brand, chinese in names.items()
        for kind in kinds
        for i in range(3)
    ]
    made = opened(products, tmp_path)
    found = of(LearnedSearches(), made, "手机", n=20)
    assert {"诺维克手机", "星河手机", "acme 手机"} <= {*found}
    assert not [t for t in found if "norvik" in t or "xinghe" in t]


def test_every_offered_search_finds_something(shop: Generation, tmp_path: Path) -> None:
    from tests.index._shop import asked

    from baihuo.index import Thresholds, answer_set

    log = Log()
    busy(log)
    for number in range(9):
        log.visit(f"a{number}", "kettle", "smartphone", "charger red", "phone case")
    related = RelatedSearches(log.learned(shop, tmp_path), shop)
    for text in ("smartphone", "kettle", "red kettle", "充电器", "phone case acme"):
        for offered in related.of(text, n=20):
            assert len(answer_set(shop, asked(offered), Thresholds())), (text, offered)


@pytest.mark.parametrize("related", [3, {"kettle": 5}, {"kettle": [1]}, {"kettle": ["a"]}, [[0]]])
def test_a_damaged_file_offers_nothing_and_fails_no_page(tmp_path: Path, related: object) -> None:
    file = tmp_path / "related.json"
    stored = {"searches": [["kettle", "kettle", 9, ["p1"]]], "related": related}
    file.write_text(json.dumps(stored), encoding="utf-8")
    assert read_related(file) == LearnedSearches()
