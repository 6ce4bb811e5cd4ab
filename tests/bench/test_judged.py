"""The exam of search: its grades on products whose grades are obvious, its queries, its measures."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from baihuo.core.tables import products_to_table
from baihuo.settings import Settings, Shop
from baihuo.simulate.listings import listings
from baihuo.simulate.vocabulary import vocabulary
from suites.judged.asking import Answer, read_page
from suites.judged.catalogue import Catalogue, Item
from suites.judged.measures import Exam, graded, not_sold_results, oracle, results, scored
from suites.judged.pages import queries_page
from suites.judged.pooled import together
from suites.judged.rules import (
    JudgedQuery,
    Wanted,
    attribute_is,
    brand_is,
    gender_is,
    grade,
    has_size,
    price_between,
)
from suites.judged.shops import as_served
from suites.judged.tasks import rounded, with_a_mistake
from suites.judged.thesaurus import thesaurus
from suites.judged.wishes import Speaker, measure
from suites.judged.writing import NotSold, write_not_sold, write_queries


def shirt(
    product_id: str,
    colour: str,
    gender: str,
    price: float | None,
    sizes: str,
    *,
    stock: bool = True,
) -> Item:
    """``sizes``: "M l" has M in stock and L sold out."""
    return Item(
        product_id=product_id,
        kind="T-shirts",
        price=price,
        brand="Acme",
        attributes={"Colour": colour, "Gender": gender},
        variants=tuple(({"Size": s.upper()}, s.isupper()) for s in sizes.split()),
        has_stock=stock,
        titles={"en": f"Acme T-Shirt {colour}", "zh": f"艾克米（Acme） T恤 {colour}"},
    )


SHELF = (
    shirt("red", "Red", "men", 90, "M L XL"),
    shirt("red-no-xl", "Red", "men", 80, "M L xl"),
    shirt("wine-red", "Wine Red", "men", 95, "XL"),
    shirt("black", "Black", "men", 70, "XL"),
    shirt("women", "Red", "women", 60, "XL"),
    shirt("black-women", "Black", "women", 60, "XL"),
    shirt("dear", "Red", "men", 240, "XL"),
    shirt("sold-out", "Red", "men", 85, "m xl"),
    shirt("no-stock", "Red", "men", 85, "XL", stock=False),
    shirt("no-price", "Red", "men", None, "XL"),
    Item(product_id="dress", kind="Dresses", price=99, brand="Zenith"),
    Item(product_id="rice", kind="Rice", price=20, brand="Acme", attributes={"Net weight": "5"}),
)
RED = attribute_is("Colour", "Red", ("Wine Red",))
MEN = gender_is("men", {"Dresses": "women"})
SHIRTS = frozenset({"T-shirts"})


def grades(wanted: Wanted) -> dict[str, int]:
    return {i.product_id: grade(wanted, i) for i in SHELF if grade(wanted, i)}


def test_one_missed_wish_is_not_right_and_two_are_nothing() -> None:
    assert grades(Wanted(SHIRTS, wishes=(RED, MEN))) == {
        "red": 3,
        "red-no-xl": 3,
        "dear": 3,
        "wine-red": 2,
        "black": 1,
        "women": 1,
        "sold-out": 1,
        "no-stock": 1,
        "no-price": 1,
    }


def test_price_and_size_are_never_relaxed() -> None:
    wanted = Wanted(SHIRTS, limits=(price_between(0, 100), has_size("Size", "XL")), wishes=(RED,))
    assert grades(wanted) == {
        "red": 3,
        "wine-red": 2,
        "women": 3,
        "black": 1,
        "black-women": 1,
        "no-stock": 1,
    }


def test_a_price_limit_includes_its_ends() -> None:
    assert set(grades(Wanted(SHIRTS, limits=(price_between(90, 95),)))) == {"red", "wine-red"}


def test_a_kind_of_similar_purpose_is_never_right() -> None:
    assert grades(Wanted(frozenset({"Dresses"}), near=SHIRTS)).items() >= {
        ("dress", 3),
        ("red", 1),
    }
    assert grades(Wanted(frozenset({"Dresses"}), near=SHIRTS, wishes=(brand_is("Zenith"),))) == {
        "dress": 3
    }


def test_a_dress_is_for_women_without_saying_so() -> None:
    women = gender_is("women", {"Dresses": "women"})
    wanted = Wanted(frozenset({"Dresses", "T-shirts"}), wishes=(women,))
    assert {p for p, g in grades(wanted).items() if g == 3} == {"dress", "women", "black-women"}


def test_ten_jin_are_five_kilograms_and_1024_gb_a_terabyte() -> None:
    said = set()
    for seed in range(60):
        who = Speaker("zh", thesaurus(), {}, random.Random(seed))
        part = measure(who, SHELF[-1])
        assert part is not None
        assert part.rule(SHELF[-1]) == 3
        said.add(part.text)
        laptop = Item(product_id="l", kind="Laptops", attributes={"Storage": "1024"})
        part = measure(who, laptop)
        assert part is not None
        said.add(part.text)
    assert said == {"5公斤", "5kg", "10斤", "1T", "1TB"}


def test_a_mistake_changes_one_long_word_and_keeps_its_ends() -> None:
    made = {
        with_a_mistake(Speaker("en", thesaurus(), {}, random.Random(s)), "phone charger")
        for s in range(50)
    }
    made.discard("")
    assert len(made) > 5
    assert all(text.startswith("phone c") and text.endswith("r") for text in made)
    assert "phone charger" not in made


def test_prices_are_asked_for_in_round_numbers() -> None:
    assert [rounded(p) for p in (3, 87, 243, 4120)] == [10, 90, 250, 4000]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """2,000 listings of the sample shop, read as the exam reads a shop."""
    many = listings(vocabulary(), seed=99, n_products=2_000, until_us=1_750_000_000_000_000)
    file: Path = tmp_path_factory.mktemp("judged") / "products.parquet"
    pq.write_table(products_to_table([listing.product for listing in many]), file)
    return Catalogue.read(file)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sixty_different_queries_of_every_task_and_the_same_again(
    catalogue: Catalogue, language: str
) -> None:
    queries = write_queries(catalogue, language=language, seed=5)
    assert len({q.text for q in queries}) == len(queries) == 60
    assert len(Counter(q.task for q in queries)) >= 14
    assert all(sum(g >= 2 for g in known.values()) >= 3 for known in graded(catalogue, queries))
    again = write_queries(catalogue, language=language, seed=5)
    assert [q.text for q in again] == [q.text for q in queries]
    others = write_queries(catalogue, language=language, seed=6)
    assert len({q.text for q in others} & {q.text for q in queries}) < 30


def test_the_best_order_reaches_one_and_a_random_one_almost_nothing(catalogue: Catalogue) -> None:
    queries = write_queries(catalogue, language="en", seed=5)
    known = graded(catalogue, queries)
    best = scored(oracle(known), known)
    assert best["right_at_10"].tolist() == [1.0] * 60
    assert best["ndcg10"] == pytest.approx(1.0)
    dice, ids = random.Random(1), [i.product_id for i in catalogue.items]
    chance = scored([Answer(tuple(dice.sample(ids, 10))) for _ in queries], known)
    assert chance["right_at_10"].mean() < 0.06


def test_brands_are_called_in_chinese_as_titles_write_them(catalogue: Catalogue) -> None:
    truth = {b.name.en: b.name.zh for b in vocabulary().brands}
    assert len(catalogue.brands_zh) > 50
    assert catalogue.brands_zh.items() <= truth.items()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_not_sold_is_named_by_no_title(catalogue: Catalogue, language: str) -> None:
    asked = write_not_sold(catalogue, language=language, seed=5)
    assert Counter(bool(q.brand) for q in asked) == {False: 14, True: 6}
    titles = [t.casefold() for i in catalogue.items for t in i.titles.values()]
    things = (w for q in asked for w in (q.brand or (q.text,)))
    assert not [w for w, t in itertools.product(things, titles) if w.casefold() in t]


def test_a_thing_that_is_sold_after_all_is_not_asked_for() -> None:
    sofa = Item(product_id="s", kind="Sofas", price=900, titles={"en": "Grey Sofa"})
    for seed in range(20):
        asked = write_not_sold(Catalogue((sofa,), {}, "CNY"), language="en", seed=seed)
        assert "sofa" not in {q.text for q in asked}


KNOWN = [{"a": 3, "b": 2, "c": 2, "d": 1}]


def test_right_at_10_is_the_share_of_what_could_be_there() -> None:
    right = [
        scored([Answer(ids)], KNOWN)["right_at_10"][0]
        for ids in ((), ("d", "x"), ("x", "a", "d", "b"), ("c", "b", "a"))
    ]
    assert right == pytest.approx([0, 0, 2 / 3, 1])


def test_the_learned_order_is_compared_with_words_query_by_query() -> None:
    queries = [JudgedQuery(f"q{i}", "en", "kind", Wanted(SHIRTS)) for i in range(20)]
    known = KNOWN * 20
    good, bad = Answer(("a", "b", "c")), Answer(("d", "a"))
    answers = {
        "words": [good] * 20,
        "learned": [*[good] * 5, *[bad] * 15],
        "oracle": oracle(known),
    }
    lines = list(results(Exam(queries, known, answers), seed=1))
    difference = next(line for line in lines if line.get("measure") == "right_at_10")
    assert (difference["n_better"], difference["n_worse"]) == (0, 15)
    interval = difference["learned_minus_words"]
    assert isinstance(interval, dict)
    assert interval["high"] < 0
    assert interval["mid"] == pytest.approx(-0.5)
    whole = {line["system"]: line for line in lines if "task" not in line and "system" in line}
    assert whole["oracle"]["ndcg10"] == pytest.approx(1)
    assert whole["words"]["right_at_10"] == pytest.approx(1)
    assert np.isclose(float(str(whole["learned"]["right_at_10"])), 0.5)


def test_an_empty_page_says_not_sold_and_is_wrong_for_what_is_sold() -> None:
    sold = [JudgedQuery(q, "en", "kind", Wanted(SHIRTS)) for q in ("t-shirt", "tee", "tees")]
    pages = [Answer(("red",)), Answer(()), Answer(("red",), ("not_sold:tees",))]
    asked = [
        NotSold("sofa", "en"),
        NotSold("piano", "en"),
        NotSold("bicycle", "en"),
        NotSold("nike t-shirt", "en", ("nike",), SHIRTS),
    ]
    answers = [
        Answer((), ("not_sold:sofa",)),
        Answer(()),
        Answer(("rice",)),
        Answer(("red", "rice"), ("unknown_brand:nike",)),
    ]
    exam = Exam(sold, KNOWN * 3, {"learned": pages})
    things, brands = not_sold_results(asked, answers, exam, {i.product_id: i.kind for i in SHELF})
    assert (things["not_sold"], things["noted"], things["of"]) == (2, 1, 3)
    assert (things["false_not_sold"], things["of_sold"]) == (2, 3)
    assert (brands["unsold_brand"], brands["noted"]) == (1, 1)
    assert brands["right_at_10"] == pytest.approx(0.1)


def test_a_page_is_read_to_its_tenth_place() -> None:
    page = {"results": [{"product_id": f"p{i}"} for i in range(24)], "notes": ["relaxed:1"]}
    answer = read_page(page)
    assert answer == Answer(tuple(f"p{i}" for i in range(10)), ("relaxed:1",))
    assert read_page({**page, "order": "text"}).order == "text"


def test_a_copy_is_asked_without_exploration_and_the_shop_keeps_its_settings(
    tmp_path: Path,
) -> None:
    shop = Shop(tmp_path / "shop")
    shop.write_settings(Settings(name="Lamps", currency="EUR"))
    (shop.root / "7-served").mkdir()
    copy = as_served(shop.root, tmp_path / "copy")
    assert copy.settings().serve.exploration.swap_probability == 0
    assert copy.settings().serve.exploration.slot_probability == 0
    assert (copy.settings().name, copy.settings().currency) == ("Lamps", "EUR")
    assert shop.settings() == Settings(name="Lamps", currency="EUR")
    assert not (copy.root / "7-served").exists()


def test_several_shops_are_one_exam_whose_interval_is_over_the_queries_of_all() -> None:
    def exam(product: str) -> Exam:
        """Ten queries of a shop of three right products, all of which only the learned order finds."""
        known = [{f"{product}-{i}": 3 for i in range(3)}] * 10
        found = [Answer(tuple(f"{product}-{i}" for i in range(3)))] * 10
        queries = [JudgedQuery(f"{product} {i}", "en", "kind", Wanted(SHIRTS)) for i in range(10)]
        return Exam(queries, known, {"words": [Answer(())] * 10, "learned": found})

    def same(product: str) -> Exam:
        one = exam(product)
        return Exam(one.queries, one.grades, {**one.answers, "learned": one.answers["words"]})

    pooled = together([exam("shirt"), same("sock"), same("hat"), same("bag")])
    lines = [line for line in results(pooled, seed=1) if line.get("measure") == "right_at_10"]
    assert len(lines) == 1
    gain = lines[0]["learned_minus_words"]
    assert isinstance(gain, dict)
    assert gain["mid"] == 0.25
    # Of 40 draws at 0.25 each, 95% have between 5 and 16: quantiles of the binomial distribution.
    assert [gain["low"], gain["high"]] == pytest.approx([5 / 40, 16 / 40], abs=1 / 40)
    assert (lines[0]["n_better"], lines[0]["n_worse"]) == (10, 0)


def test_a_person_can_see_each_place_and_its_grade() -> None:
    query = JudgedQuery(
        "red t-shirt men", "en", "two attributes", Wanted(SHIRTS, wishes=(RED, MEN))
    )
    known = graded(Catalogue(SHELF, {}, "CNY"), [query])
    answers = {"words": [Answer(("red", "black"))], "learned": [Answer(("rice",), ("relaxed:1",))]}
    page = queries_page(
        Exam([query], known, answers),
        Catalogue(SHELF, {}, "CNY"),
        [NotSold("sofa", "en")],
        [Answer((), ("not_sold:sofa",))],
    )
    assert "| 1 | 3 Acme T-Shirt Red ¥90 [M L XL] | 0 ✗ rice ¥20 |" in page
    assert "| 2 | 1 ✗ Acme T-Shirt Black ¥70 [XL] |  |" in page
    assert "notes: learned: relaxed:1" in page
    assert "| sofa | not_sold:sofa | – |" in page
