"""People with tastes, devices and habits. Held as arrays, so that a million fit."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.simulate.intents import Intent, grades, is_possible
from baihuo.simulate.listings import SIZES
from baihuo.simulate.shelf import GENDERS, Shelf

N_TYPES = 5  # favourite types a person
DEPARTMENT_PULL = 12.0  # how much likelier a favourite type is out of a person's two departments
P_COLOUR = 0.15  # of each colour, that somebody likes it
LEVEL_MEAN, LEVEL_DEVIATION = 0.45, 0.2
P_CASCADE = 0.3
# What is added to the logit of a click
BRAND, COLOUR, LEVEL, APPEAL = 1.6, 0.7, -3.2, 0.7
ON_SEARCH, ELSEWHERE = -1.75, -3.2
FAVOURITE, NOT_FAVOURITE = 1.6, -1.2
TINT = 0.5  # of the type that somebody came for, on pages that were not searched for
USED_UP, OWNED = 2.6, -3.5
GAIN = np.array([-3.4, -1.3, -0.3, 0.35])  # by each grade of relevance to what was typed
NOT_POSSIBLE = (
    -2.5
)  # over the budget; not there in the size, or for the other gender, that was typed
NOT_FOR_THEM = -0.8  # for the other gender than they have in mind; a page shows no sizes
ANOTHER_TYPE = -0.7  # of those that the typed word names, not the one they want


@dataclass(frozen=True, slots=True, eq=False)
class Shoppers:
    """One row a person."""

    departments: NDArray[np.int64]  # [people, 2] where most of the favourite types are from
    types: NDArray[np.int16]  # [people, N_TYPES] favourite types, dearest first
    makers: NDArray[np.int32]  # [people, 1 + N_TYPES] a maker of each type, two of the first
    likes_brand: NDArray[np.bool_]  # [people, brands]
    likes_colour: NDArray[np.bool_]  # [people, colours]
    level: NDArray[np.float32]  # the price level they look for
    activity: NDArray[np.float64]  # cumulative: how often each comes
    is_chinese: NDArray[np.bool_]  # the language they type
    is_cascade: NDArray[np.bool_]  # which click model they follow
    devices: NDArray[np.int8]  # [people, 3]: 0 none, 1 phone, 2 desktop, 3 tablet
    is_woman: NDArray[np.bool_]
    size_index: NDArray[np.int8]  # [people, 2] into SIZES: of shoes, of clothes

    @classmethod
    def of(cls, shelf: Shelf, *, seed: int, n_people: int) -> Shoppers:
        rng = np.random.default_rng([seed, 3])
        vocabulary = shelf.vocabulary
        departments, types = _favourites(shelf, n_people, rng)
        brands = np.zeros((n_people, len(vocabulary.brands)), np.bool_)
        makers = np.empty((n_people, 1 + N_TYPES), np.int32)
        everyone = np.arange(n_people)
        for k in range(N_TYPES):
            for n in (0, 1) if k == 0 else (k + 1,):
                # a random product's maker: big makers are liked by more people
                pick = rng.random(n_people)
                rows = [shelf.rows_of_type[t] for t in types[:, k]]
                row = np.array(
                    [r[int(p * len(r))] if len(r) else 0 for r, p in zip(rows, pick, strict=True)]
                )
                makers[:, n] = shelf.brand_index[row]
                brands[everyone, makers[:, n]] = True
        colours = rng.random((n_people, len(vocabulary.colours))) < P_COLOUR
        devices = np.zeros((n_people, 3), np.int8)
        devices[:, 0] = rng.choice([1, 2, 3], n_people, p=[0.66, 0.26, 0.08])
        devices[:, 1] = np.where(rng.random(n_people) < 0.4, rng.integers(1, 4, n_people), 0)
        devices[:, 2] = np.where(rng.random(n_people) < 0.1, rng.integers(1, 4, n_people), 0)
        is_woman = rng.random(n_people) < 0.5
        sizes = rng.binomial([4, 3], 0.5, (n_people, 2))  # most wear a middle size
        sizes += np.where(is_woman[:, None], 0, [4, 2])  # men's begin where women's end
        return cls(
            departments=departments,
            types=types,
            makers=makers,
            likes_brand=brands,
            likes_colour=colours,
            level=np.clip(rng.normal(LEVEL_MEAN, LEVEL_DEVIATION, n_people), 0.02, 0.98).astype(
                np.float32
            ),
            activity=np.cumsum(rng.lognormal(0.0, 0.9, n_people)),
            is_chinese=rng.random(n_people) < 0.6,
            is_cascade=rng.random(n_people) < P_CASCADE,
            devices=devices,
            is_woman=is_woman,
            size_index=sizes.astype(np.int8),
        )

    def __len__(self) -> int:
        return len(self.level)

    def gender(self, person: int) -> str:
        return "women" if self.is_woman[person] else "men"

    def wears(self, person: int, gender: int) -> bool:
        """Whether a listing of ``gender`` (an index of GENDERS) is for them."""
        return GENDERS[gender] in ("", self.gender(person))

    def size(self, person: int, kind: str) -> str:
        """What they wear of ``kind`` ("shoe" or "clothes"), lower case."""
        return SIZES[kind][self.size_index[person, int(kind == "clothes")]].casefold()

    def draw(self, rng: random.Random) -> int:
        """The next person to come in."""
        return int(np.searchsorted(self.activity, rng.random() * self.activity[-1]))


def type_weights(
    shelf: Shelf,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """How much of each type is liked, its department, and whether it is used up: ``[types]`` each."""
    vocabulary = shelf.vocabulary
    is_sold = np.array([len(r) > 0 for r in shelf.rows_of_type])
    weight = np.array([t.weight for t in vocabulary.types]) * is_sold
    department = np.unique([t.department for t in vocabulary.types], return_inverse=True)[1]
    return weight, department, np.array([t.cycle_days > 0 for t in vocabulary.types])


def _favourites(
    shelf: Shelf, n_people: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """Two departments, and favourite types: mostly out of these, something used up last."""
    weight, department, used_up = type_weights(shelf)
    chosen = rng.integers(0, department.max() + 1, (n_people, 2))
    types = np.empty((n_people, N_TYPES), np.int16)
    for i in range(n_people):
        w = weight * np.where(np.isin(department, chosen[i]), DEPARTMENT_PULL, 1.0)
        w_used = w * used_up
        first = rng.choice(len(w), N_TYPES - 1, replace=False, p=w / w.sum())
        w_used[first] = 0
        last = rng.choice(len(w), p=w_used / w_used.sum()) if w_used.sum() else first[0]
        types[i, :-1], types[i, -1] = first, last
    return chosen, types


def attraction(
    shelf: Shelf,
    shoppers: Shoppers,
    person: int,
    rows: NDArray[np.int64],
    *,
    intent: Intent,
    is_search: bool,
    due: frozenset[int],
    owned: frozenset[int],
) -> NDArray[np.float64]:
    """P(click | examined) of each row for this person now: taste, relevance, price, appeal.

    Args:
        shelf: The catalogue.
        shoppers: The people.
        person: Who looks.
        rows: ``[placed]``.
        intent: What they came for; on other surfaces than search it only tints the taste.
        is_search: The page answers the typed words.
        due: Products of theirs that are used up by now.
        owned: Products they have and will not need again soon.
    """
    types = shelf.type_index[rows]
    logit = (
        BRAND * shoppers.likes_brand[person, shelf.brand_index[rows]]
        + COLOUR * shoppers.likes_colour[person, shelf.colour_index[rows]]
        + LEVEL * np.abs(shelf.level[rows] - shoppers.level[person])
        + APPEAL * shelf.appeal[rows]
    )
    if is_search:
        logit += ON_SEARCH + GAIN[grades(shelf, intent.typed, rows)]
        if len(intent.typed.types) > 1:
            logit += ANOTHER_TYPE * (types != intent.type_index)
        logit += NOT_POSSIBLE * ~is_possible(
            shelf, rows, intent.typed.gender, intent.typed.size, intent.budget_minor
        )
        logit += NOT_FOR_THEM * ~is_possible(shelf, rows, intent.gender, "", 0)
    else:
        is_favourite = (types[:, None] == shoppers.types[person]).any(axis=1)
        logit += ELSEWHERE + np.where(is_favourite, FAVOURITE, NOT_FAVOURITE)
        logit += TINT * (types == intent.type_index)
        own = shoppers.gender(person)
        logit += NOT_FOR_THEM * ~is_possible(shelf, rows, own, "", 0)
    if due or owned:
        logit += np.array(
            [USED_UP if r in due else OWNED if r in owned else 0.0 for r in rows.tolist()]
        )
    return 1 / (1 + np.exp(-logit))
