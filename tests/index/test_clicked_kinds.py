"""What shoppers click after typing a word that no product has says what the word means; chance says nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.index._shop import asked, bags
from tests.index.test_kinds import products

from baihuo.core import Event, EventType, Product, events_to_table
from baihuo.engine import DuckTables
from baihuo.index import AnswerSet, Generation, Thresholds, answer_set, build, with_clicked_words

SHOP = products()
BY_CATEGORY = {p.category[-1]: [q for q in SHOP if q.category == p.category] for p in SHOP}
WORDS = {p.category[-1].lower(): p.category[-1] for p in SHOP}
Taste = Callable[[Product], float]


class Log:
    """A log written page by page: the chance of a click is that of looking at a place times the taste for a product."""

    def __init__(self, *, with_impressions: bool = True) -> None:
        self.events: list[Event] = []
        self.random, self.with_impressions, self.n_pages = random.Random(7), with_impressions, 0

    def page(self, text: str, visitor: str, shown: Sequence[Product], taste: Taste) -> None:
        self.n_pages += 1
        for position, product in enumerate(shown, start=1):
            types = [EventType.IMPRESSION] if self.with_impressions else []
            if self.random.random() < taste(product) * 1.5 / (1 + position / 2):
                types.append(EventType.CLICK)
            for event_type in types:
                self.events.append(
                    Event(
                        event_id=f"e{len(self.events)}",
                        event_type=event_type,
                        visitor_id=visitor,
                        occurred_at_us=self.n_pages,
                        received_at_us=self.n_pages,
                        query_id=f"q{self.n_pages}" if self.with_impressions else None,
                        query_text=text,
                        product_id=product.product_id,
                        surface="search",
                        position=position if self.with_impressions else None,
                    )
                )

    def usual_searches(self) -> None:
        """What the shop's other shoppers do: words of the catalogue, pages with products of the kind and others."""
        for n in range(200):
            text = self.random.choice(list(WORDS))
            shown = [*BY_CATEGORY[WORDS[text]], *self.random.sample(SHOP, 6)]
            self.page(text, f"usual-{n}", shown, likes(WORDS[text]))


def likes(*categories: str) -> Taste:
    return lambda product: 0.5 if product.category[-1] in categories else 0.03


def at_random(_: Product) -> float:
    return 0.3


def built(out: Path, catalogue: Sequence[Product] = SHOP) -> Path:
    return build(catalogue, encoders=bags(), cache=None, out=out)


def learned(folder: Path, log: Log) -> Path:
    events = events_to_table(log.events)
    return with_clicked_words(folder, tables=DuckTables(), events=events, encoders=bags())


def answer(folder: Path, text: str) -> AnswerSet:
    return answer_set(Generation.open(folder, bags()), asked(text), Thresholds(calibrations={}))


def categories(folder: Path, text: str) -> set[str]:
    generation, found = Generation.open(folder, bags()), answer(folder, text)
    return {generation.product(int(row)).category[-1] for row in found.rows}


def old_shop(log: Log, text: str, taste: Taste, *, n_visitors: int = 40) -> None:
    """A shop that finds nothing for the word: mostly anything, and the right products somewhere."""
    for n in range(n_visitors):
        shown = [*log.random.sample(SHOP, 9), *log.random.sample(BY_CATEGORY["Sneakers"], 3)]
        log.page(text, f"{text}-{n}", shown, taste)


@pytest.mark.parametrize("text", ["zorbs", "哇咔", "zim zams"])
def test_a_word_of_no_product_finds_what_shoppers_click_after_it(tmp_path: Path, text: str) -> None:
    log = Log()
    log.usual_searches()
    old_shop(log, text, likes("Sneakers"))
    before, after = built(tmp_path), learned(built(tmp_path), log)
    assert "Sneakers" not in categories(before, text)
    assert categories(after, text) == {"Sneakers"}
    assert answer(after, text).total == 6
    assert answer(after, text).notes == ()
    kind = answer(after, text).kind
    assert kind is not None
    assert (kind.source, kind.phrase) == ("clicks", text)
    assert "visitors" in kind.evidence


def test_words_beside_it_describe_it(tmp_path: Path) -> None:
    log = Log()
    log.usual_searches()
    old_shop(log, "zorbs", likes("Sneakers"))
    folder = learned(built(tmp_path), log)
    for text in ("canvas zorbs", "laptop zorbs", "X3 zorbs", "zorbs for women"):
        assert categories(folder, text) == {"Sneakers"}, text
    [first, *_] = answer(folder, "X3 zorbs").rows
    assert Generation.open(folder, bags()).product(int(first)).product_id == "Sneakers-3"
    assert categories(folder, "zorbs dress") == {"Dresses"}  # the head is a name of the catalogue


def test_a_word_for_several_kinds_finds_them_all(tmp_path: Path) -> None:
    log = Log()
    log.usual_searches()
    for n in range(60):
        shown = [
            *log.random.sample(SHOP, 6),
            *BY_CATEGORY["Sneakers"][:3],
            *BY_CATEGORY["Boots"][:3],
        ]
        log.page("zorbs", f"v{n}", shown, likes("Sneakers", "Boots"))
    assert categories(learned(built(tmp_path), log), "zorbs") == {"Sneakers", "Boots"}


def test_a_log_of_clicks_without_impressions_teaches_too(tmp_path: Path) -> None:
    log = Log(with_impressions=False)
    log.usual_searches()
    old_shop(log, "zorbs", likes("Sneakers"), n_visitors=150)
    assert categories(learned(built(tmp_path), log), "zorbs") == {"Sneakers"}


def test_clicks_at_random_teach_nothing(tmp_path: Path) -> None:
    for with_impressions in (True, False):
        log = Log(with_impressions=with_impressions)
        log.usual_searches()
        old_shop(log, "zorbs", at_random, n_visitors=200)
        folder = built(tmp_path)
        assert learned(folder, log) == folder


def test_one_visitors_clicks_teach_nothing(tmp_path: Path) -> None:
    log = Log()
    log.usual_searches()
    for n in range(200):
        shown = [*BY_CATEGORY["Sneakers"], *log.random.sample(SHOP, 6)]
        log.page("zorbs", f"v{n % 4}", shown, likes("Sneakers"))
    folder = built(tmp_path)
    assert learned(folder, log) == folder


def test_popular_products_on_every_page_that_found_nothing_teach_nothing(tmp_path: Path) -> None:
    log = Log()
    log.usual_searches()
    popular = [*BY_CATEGORY["Lamps"], *BY_CATEGORY["Pillows"]]
    for n in range(600):
        log.page(f"{'abcdefghijklmnopqrst'[n % 20]}zorb", f"v{n}", popular, at_random)
    folder = built(tmp_path)
    assert learned(folder, log) == folder


def test_a_page_of_popular_products_that_few_click_teaches_nothing(tmp_path: Path) -> None:
    log = Log()
    log.usual_searches()
    for n in range(400):
        log.page("zorbs", f"v{n}", BY_CATEGORY["Lamps"], likes())
    folder = built(tmp_path)
    assert learned(folder, log) == folder


def test_what_was_learned_stays_when_pages_show_nothing_else(tmp_path: Path) -> None:
    log = Log()
    log.usual_searches()
    for n in range(60):
        log.page("zorbs", f"v{n}", BY_CATEGORY["Sneakers"], likes("Sneakers"))
    assert categories(learned(built(tmp_path), log), "zorbs") == {"Sneakers"}


@pytest.mark.parametrize("text", ["dress", "canvas", "sofa", "iphone", "sneekers"])
def test_no_click_replaces_what_the_catalogue_and_general_knowledge_say(
    tmp_path: Path, text: str
) -> None:
    log = Log()
    log.usual_searches()
    for n in range(60):
        log.page(text, f"v{n}", [*BY_CATEGORY["Lamps"], *BY_CATEGORY["Boots"]], likes("Lamps"))
    folder = built(tmp_path)
    assert learned(folder, log) == folder


def test_a_new_product_with_the_word_in_its_title_is_what_it_means(tmp_path: Path) -> None:
    log = Log()
    log.usual_searches()
    old_shop(log, "zorbs", likes("Sneakers"))
    generation = Generation.open(learned(built(tmp_path), log), bags())
    generation.upsert([Product(product_id="new", title_en="Zorbs for the garden")])
    found = answer_set(generation, asked("zorbs"), Thresholds(calibrations={}))
    assert generation.product_ids[found.rows[0]] == "new"
    assert found.kind is None


def test_a_synonym_of_the_shop_replaces_what_clicks_say(tmp_path: Path) -> None:
    from baihuo.index import read_synonyms

    log = Log()
    log.usual_searches()
    old_shop(log, "zorbs", likes("Sneakers"))
    (tmp_path / "synonyms.txt").write_text("zorbs => lamps\n", "utf-8")
    synonyms = read_synonyms(tmp_path / "synonyms.txt")
    generation = Generation.open(learned(built(tmp_path), log), bags(), synonyms)
    found = answer_set(generation, asked("zorbs"), Thresholds(calibrations={}))
    assert {generation.product(int(r)).category[-1] for r in found.rows} == {"Lamps"}


def test_the_same_log_gives_the_same_generation_and_another_one_another(tmp_path: Path) -> None:
    folder, log = built(tmp_path), Log()
    log.usual_searches()
    assert learned(folder, log) == folder  # nothing to learn
    old_shop(log, "zorbs", likes("Sneakers"))
    first = learned(folder, log)
    assert first != folder
    assert learned(folder, log) == first
    assert Generation.open(first, bags()).index_id == first.name
    old_shop(log, "wuffles", likes("Sneakers"))
    second = learned(folder, log)
    assert second not in (folder, first)
    assert categories(second, "wuffles") == categories(second, "zorbs") == {"Sneakers"}
    assert not list(tmp_path.glob(".*"))
