"""What a shop can know of a shopper before the first click says something of their taste, and not too much."""

from __future__ import annotations

import duckdb
import numpy as np

from baihuo.simulate import SampleShop
from baihuo.simulate.basics import P_DECLARED, P_NOT_MEANT, REGIONS, Basics
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shoppers import Shoppers


def test_declared_interests_are_mostly_their_own_and_some_are_anybodys(shelf: Shelf) -> None:
    people = Shoppers.of(shelf, seed=4, n_people=3_000)
    basics = Basics.of(shelf, people, seed=4)
    kinds, names = shelf.vocabulary.types, shelf.vocabulary.departments
    theirs = [{names[kinds[t].department].name.en for t in row} for row in people.types.tolist()]
    declared = [i for i, interests in enumerate(basics.interests) if interests]
    assert abs(len(declared) / 3_000 - P_DECLARED) < 0.03
    is_own = [name in theirs[i] for i in declared for name in basics.interests[i]]
    by_chance = float(np.mean([len(own) for own in theirs])) / len(names)
    expected = 1 - P_NOT_MEANT * (1 - by_chance)
    assert abs(np.mean(is_own) - expected) < 0.04


def test_a_region_says_something_of_taste_and_a_language_nothing(shelf: Shelf) -> None:
    people = Shoppers.of(shelf, seed=4, n_people=6_000)
    basics = Basics.of(shelf, people, seed=4)
    in_china = basics.country == "CN"
    assert set(basics.region[in_china]) == set(REGIONS)
    assert (basics.region[~in_china] == basics.country[~in_china]).all()
    levels = [people.level[basics.region == region].mean() for region in REGIONS]
    assert 0.08 < max(levels) - min(levels) < 0.4
    by_language = [people.level[people.is_chinese == one].mean() for one in (True, False)]
    assert abs(by_language[0] - by_language[1]) < 0.02


def test_every_visit_says_it_once_and_the_truth_knows_it_of_people_who_were_never_there(
    shop: SampleShop, tables: duckdb.DuckDBPyConnection
) -> None:
    per_session = "select max(n) from (select count(language) as n from clean group by session_id)"
    assert tables.sql(per_session).fetchall() == [(1,)]
    ((n_regions,),) = tables.sql("select count(distinct region) from clean").fetchall()
    assert n_regions >= len(REGIONS)
    people = f"'{shop.truth}/tastes.parquet'"
    counts = f"select count(*), count(region), count(interests) from {people} where is_new"
    ((n, n_known, n_declared),) = tables.sql(counts).fetchall()
    assert n == n_known == 300
    assert 0.2 < n_declared / n < 0.5
