"""The old shop is wrong in the ways it says, as often as it says."""

from __future__ import annotations

import random

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from baihuo.simulate import SPAN_DAYS, UNTIL_US
from baihuo.simulate.clicks import look
from baihuo.simulate.intents import Intent
from baihuo.simulate.listings import DAY_US
from baihuo.simulate.placing import lay_out
from baihuo.simulate.policy import P_MISLED, P_PAID, PAID_PLACES, LoggingPolicy
from baihuo.simulate.shelf import Shelf

LATE_US = UNTIL_US - DAY_US


@pytest.fixture(scope="module")
def policy(shelf: Shelf) -> LoggingPolicy:
    return LoggingPolicy(shelf, seed=4)


def types_of(shelf: Shelf, rows: NDArray[np.int64]) -> list[str]:
    return [shelf.vocabulary.types[t].code for t in shelf.type_index[rows]]


def in_luck(policy: LoggingPolicy, text: str, right: str) -> NDArray[np.int64]:
    """What substrings find, in a week in which the text is not one of those that mislead."""
    for weeks in range(9):
        rows = policy.search(text, LATE_US - weeks * 7 * DAY_US)
        if right in types_of(policy.shelf, rows):
            return rows
    raise AssertionError(f"{text} never finds {right}")


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("case", "phone_case", "suitcase"),
        ("phone", "phone", "phone_case"),
        ("手机", "phone", "phone_case"),
        ("rice", "rice", "rice_cooker"),
        ("pan", "pan", "monitor"),  # Panorama
        ("green tea", "tea", "toothpaste"),
        ("绿茶", "tea", "shampoo"),
    ],
)
def test_a_search_brings_whatever_holds_the_word(
    policy: LoggingPolicy, text: str, right: str, wrong: str
) -> None:
    assert {right, wrong} <= set(types_of(policy.shelf, in_luck(policy, text, right)))


def test_who_asks_for_mens_shoes_gets_womens_because_men_is_in_women(policy: LoggingPolicy) -> None:
    rows = in_luck(policy, "running shoes men", "running_shoes")[:24]
    said = {policy.shelf.listings[r].gender for r in rows.tolist()}
    assert {"men", "women"} <= said


def test_what_is_found_holds_a_word_of_the_search_and_a_title_counts_more(
    policy: LoggingPolicy,
) -> None:
    """Compared with the texts as they are written, not with the pieces that the old shop keeps."""
    rows = in_luck(policy, "kettle", "kettle")
    for row in rows.tolist():
        product = policy.shelf.listings[row].product
        text = f"{product.title_en} {product.description_en}"
        assert "kettle" in text.casefold()
    shampoo = in_luck(policy, "lavender", "shampoo")
    said = [(policy.shelf.listings[r].product.title_en or "").casefold() for r in shampoo.tolist()]
    in_title = ["lavender" in text for text in said]
    assert sum(in_title[:20]) > 0.8 * 20


@pytest.mark.parametrize("text", ["zzqx", "kettel" * 3, "魑魅魍魉"])
def test_what_finds_nothing_gets_what_is_popular(policy: LoggingPolicy, text: str) -> None:
    weeks = [LATE_US - w * 7 * DAY_US for w in range(9)]
    same = [np.array_equal(policy.search(text, at), policy.popular(None, at)) for at in weeks]
    assert sum(same) >= 7


def test_a_share_of_the_searches_is_linked_to_another_type(
    policy: LoggingPolicy, shelf: Shelf
) -> None:
    """All of one type that has nothing to do with the word: as many as the constant says."""
    words = [w for t in shelf.vocabulary.types for w in t.typed["en"]]
    wrong = n = 0
    for word in words:
        meant = {shelf.vocabulary.types[t].code for t in shelf.vocabulary.named[word]}
        for week in range(9):
            found = set(types_of(shelf, policy.search(word, LATE_US - week * 7 * DAY_US)))
            n += 1
            wrong += len(found) == 1 and not found & meant
    error = (P_MISLED * (1 - P_MISLED) / n) ** 0.5
    assert n > 1_000
    # one link in fifty or so goes to the right type by chance
    assert wrong / n == pytest.approx(P_MISLED * 0.98, abs=3.5 * error)


def test_popularity_is_half_right_and_knows_nothing_of_what_is_new(shelf: Shelf) -> None:
    is_new = shelf.released_at_us >= UNTIL_US - SPAN_DAYS * DAY_US
    assert 0.03 < is_new.mean() < 0.2
    old = ~is_new
    assert 0.35 < np.corrcoef(shelf.policy_score[old], shelf.appeal[old])[0, 1] < 0.65
    assert np.median(shelf.policy_score[old]) - shelf.policy_score[is_new].max() > 0.8


def test_limits_of_price_and_sizes_are_ignored(
    policy: LoggingPolicy, shelf: Shelf, intents: list[Intent]
) -> None:
    """Of the right type, and still what costs more, or is not there in the size, is found."""
    over, missing = [], []
    for intent in intents:
        typed = intent.typed
        if not typed.max_price_minor and not typed.size:
            continue
        for row in policy.search(intent.text, LATE_US)[:10].tolist():
            if shelf.type_index[row] in typed.types and typed.max_price_minor:
                over.append(shelf.price_minor[row] > typed.max_price_minor)
            if shelf.type_index[row] in typed.types and typed.size:
                missing.append(typed.size not in shelf.sizes[row])
    assert len(over) > 2_000
    assert len(missing) > 200
    assert np.mean(over) > 0.2
    assert np.mean(missing) > 0.25


def test_about_three_of_five_places_at_the_top_are_right_and_not_all_as_before(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    by_language = dict(
        tables.sql(
            "select language, avg((grade > 0)::int) from asked where position <= 10 group by 1"
        ).fetchall()
    )
    assert set(by_language) == {"en", "zh"}
    for share in by_language.values():
        assert 0.5 < share < 0.75


def test_sold_places_are_where_and_as_many_as_said_and_seldom_match(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    for place in PAID_PLACES[:2]:
        share, n = tables.sql(
            f"select avg((propensity is null)::int), count(*) from asked where position = {place + 1}"
        ).fetchall()[0]
        assert share == pytest.approx(P_PAID, abs=4 * (0.25 / n) ** 0.5 + 0.01)
    ((right, n),) = tables.sql(
        "select avg((grade > 0)::int), count(*) from asked where propensity is null"
    ).fetchall()
    assert n > 500
    assert right < 0.2


def test_a_free_place_is_filled_as_often_as_its_propensity_says_given_the_sold_ones() -> None:
    rng, n_pages = random.Random(5), 50_000
    candidates = np.arange(100, 109)
    paid = {1: 103, 4: 500}  # one of them stands in the list, too
    counts: dict[tuple[int, int], int] = {}
    said: dict[tuple[int, int], float] = {}
    for _ in range(n_pages):
        page = lay_out(candidates, paid, 6, rng)
        assert page.rows[1] == 103
        assert page.rows[4] == 500
        assert len(set(page.rows.tolist())) == 6
        for position, row in enumerate(page.rows.tolist()):
            p = page.propensities[position]
            if position in paid:
                assert p is None
                continue
            assert p is not None
            assert said.setdefault((row, position), p) == p
            counts[row, position] = counts.get((row, position), 0) + 1
    for key, p in said.items():
        assert counts[key] / n_pages == pytest.approx(p, abs=5 * (p * (1 - p) / n_pages) ** 0.5)


def test_clicks_weighted_by_propensities_give_the_value_of_an_order_that_was_not_served(
    policy: LoggingPolicy,
) -> None:
    """The old shop logs; the order backwards is estimated from its log, and known from the truth."""
    rng, n_pages = random.Random(6), 40_000
    found = in_luck(policy, "phone", "phone")[:12]
    liked = dict(zip(found.tolist(), np.linspace(0.05, 0.6, len(found)).tolist(), strict=True))
    weighted, truth = [], []
    for _ in range(n_pages):
        paid = policy.paid(found, LATE_US, rng)
        page = lay_out(found, paid, 24, rng)
        attractions = [liked.get(r, 0.01) for r in page.rows.tolist()]
        seen = look("position", "phone", attractions, rng)
        backwards = [r for r in found[::-1].tolist() if r not in paid.values()]
        value = estimate = 0.0
        for position, (row, p) in enumerate(zip(page.rows, page.propensities, strict=True)):
            if p is None:
                continue
            target = backwards.pop(0)
            value += seen.examination[position] * liked[target]
            if row == target:
                estimate += seen.is_clicked[position] / p
        weighted.append(estimate)
        truth.append(value)
    error = float(np.std(np.array(weighted) - np.array(truth))) / n_pages**0.5
    assert np.mean(weighted) == pytest.approx(np.mean(truth), abs=4 * error)
    assert error < 0.1 * np.mean(truth)
