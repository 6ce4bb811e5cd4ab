"""Tastes: shoppers drawn from the model itself, whose likes are known, are found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baihuo.models import TASTE_SHAPES, Interests, Seen, Tastes, fit_tastes

N, CATEGORIES, BRANDS, PRODUCTS = 600, 12, 10, 240
NAMES = [f"c{i}" for i in range(CATEGORIES)]
RATE, DISLIKED, LIKED, LIKED_BRAND = 0.08, 0.4, 3.0, 2.5
rng = np.random.default_rng(4)
CATEGORY, BRAND = rng.integers(0, CATEGORIES, PRODUCTS), rng.integers(0, BRANDS, PRODUCTS)
LEVEL = rng.uniform(0, 1, PRODUCTS)


@pytest.fixture(scope="module")
def likes() -> np.ndarray:
    """``[visitors, categories]``: each likes two."""
    drawn = np.random.default_rng(5)
    liked = np.zeros((N, CATEGORIES), bool)
    for row in liked:
        row[drawn.choice(CATEGORIES, 2, replace=False)] = True
    return liked


@pytest.fixture(scope="module")
def liked_brand() -> np.ndarray:
    return np.random.default_rng(6).integers(0, BRANDS, N)


def seen_by(visitors: np.ndarray, likes: np.ndarray, liked_brand: np.ndarray, n: int) -> Seen:
    """Of each visitor, ``n`` products shown on pages, some clicked, and three searches."""
    drawn = np.random.default_rng(7)
    visitor = np.repeat(np.arange(len(visitors)), n + 3)
    product = drawn.integers(0, PRODUCTS, len(visitor))
    is_search = np.tile(np.arange(n + 3) >= n, len(visitors))
    for i in np.flatnonzero(is_search):  # what is liked is searched for
        of = np.flatnonzero(likes[visitors[visitor[i]], CATEGORY])
        product[i] = drawn.choice(of)
    interest = np.where(likes[visitors[visitor], CATEGORY[product]], LIKED, DISLIKED)
    interest = interest * np.where(
        liked_brand[visitors[visitor]] == BRAND[product], LIKED_BRAND, 0.8
    )
    clicked = (drawn.poisson(RATE * interest) * ~is_search).astype(float)
    none = np.zeros(len(visitor))
    return Seen(
        visitor=visitor,
        category=CATEGORY[product],
        brand=BRAND[product],
        level=LEVEL[product],
        shown=(~is_search).astype(float),
        clicked=clicked,
        found=is_search.astype(float),
        clicked_found=none,
        searched=is_search.astype(float),
        carted=none,
    )


@pytest.fixture(scope="module")
def tastes(likes: np.ndarray, liked_brand: np.ndarray) -> Tastes:
    """Learned from the first half of the visitors."""
    seen = seen_by(np.arange(N // 2), likes, liked_brand, 60)
    return fit_tastes(
        seen,
        category_names=NAMES,
        category=CATEGORY,
        brand=BRAND,
        n_visitors=N // 2,
        n_brands=BRANDS,
    )


def interests(tastes: Tastes, seen: Seen, n_visitors: int) -> Interests:
    assortment = tastes.assortment(NAMES, CATEGORY, BRAND, BRANDS)
    return tastes.interests(seen, assortment, n_visitors=n_visitors)


def test_the_likes_of_visitors_that_were_not_learned_from_are_found(
    tastes: Tastes, likes: np.ndarray, liked_brand: np.ndarray
) -> None:
    others = np.arange(N // 2, N)
    found = interests(tastes, seen_by(others, likes, liked_brand, 60), len(others))
    by_category = found.category[:, :-1]
    top = np.argsort(-by_category, axis=1)[:, :2]
    assert likes[others][np.arange(len(others))[:, None], top].mean() > 0.9
    ratio = by_category[likes[others]].mean() / by_category[~likes[others]].mean()
    assert 0.6 * LIKED / DISLIKED < ratio < 1.1 * LIKED / DISLIKED
    is_liked = np.eye(BRANDS, dtype=bool)[liked_brand[others]]
    best = found.brand[:, :-1].argmax(axis=1) == liked_brand[others]
    assert best.mean() > 2.5 / BRANDS  # a brand is a tenth of what was shown: six products
    assert found.brand[:, :-1][is_liked].mean() > found.brand[:, :-1][~is_liked].mean()


def test_posterior_means_are_what_the_factors_are_on_average(
    tastes: Tastes, likes: np.ndarray, liked_brand: np.ndarray
) -> None:
    """Calibrated: of the categories given one probability of being liked, that share is."""
    others = np.arange(N // 2, N)
    found = interests(tastes, seen_by(others, likes, liked_brand, 25), len(others))
    of = found.category[:, :-1].ravel()
    is_liked = likes[others].ravel()
    for part in np.array_split(np.argsort(of), 4):
        low, high = tastes.category.min(), tastes.category.max()
        expected = ((of[part] - low) / (high - low)).mean()
        assert abs(expected - is_liked[part].mean()) < 0.12


def test_who_did_nothing_likes_every_category_the_same(tastes: Tastes) -> None:
    nothing = Seen(*(np.zeros(0, np.int64),) * 3, *(np.zeros(0),) * 7)
    found = interests(tastes, nothing, 1)
    assert np.ptp(found.category) == 0
    assert np.allclose(found.level, tastes.level_prior)
    factors = found.log_factors(0, CATEGORY, BRAND, LEVEL)
    assert factors.shape == (3, PRODUCTS)
    assert np.isfinite(factors).all()


def test_three_clicks_on_a_category_lift_it_above_the_others(tastes: Tastes) -> None:
    product = np.arange(30)
    one, none = np.ones(30), np.zeros(30)
    clicked = np.zeros(30)
    kind = CATEGORY[0]
    clicked[np.flatnonzero(CATEGORY[product] == kind)[:3]] = 1
    seen = Seen(
        visitor=np.zeros(30, np.int64),
        category=CATEGORY[product],
        brand=BRAND[product],
        level=LEVEL[product],
        shown=one,
        clicked=clicked,
        found=none,
        clicked_found=none,
        searched=none,
        carted=none,
    )
    found = interests(tastes, seen, 1)
    assert found.category[0, :-1].argmax() == kind
    shown_only = interests(tastes, replace(seen, clicked=none), 1)
    assert shown_only.category[0, kind] < found.category[0, kind]


def test_a_product_without_category_or_brand_changes_nothing_about_others(tastes: Tastes) -> None:
    """It stands for none of them, however often it was clicked."""
    of = np.zeros(1, np.int64)
    seen = Seen(
        of,
        of + CATEGORIES,
        of + BRANDS,
        np.array([0.5]),
        *(np.array([n]) for n in (5.0, 5.0, 0.0, 0.0, 0.0, 2.0)),
    )
    found = interests(tastes, seen, 1)
    assert np.ptp(found.category[0, :-1]) < 1e-9


@pytest.mark.parametrize("times", [0, 1, 10_000, 1_000_000])
def test_any_number_of_events_on_one_product_gives_finite_interests(
    tastes: Tastes, times: int
) -> None:
    of = np.zeros(1, np.int64)
    counts = (np.array([float(times)]) for _ in range(6))
    found = interests(tastes, Seen(of, of, of, np.array([1.0]), *counts), 1)
    factors = found.log_factors(0, CATEGORY, BRAND, LEVEL)
    assert np.isfinite(factors).all()
    assert found.level.sum() == pytest.approx(1)


def test_a_log_without_searches_or_carts_teaches_clicks(
    likes: np.ndarray, liked_brand: np.ndarray
) -> None:
    seen = seen_by(np.arange(N // 2), likes, liked_brand, 60)
    none = np.zeros(len(seen.visitor))
    learned = fit_tastes(
        replace(seen, found=none, searched=none),
        category_names=NAMES,
        category=CATEGORY,
        brand=BRAND,
        n_visitors=N // 2,
        n_brands=BRANDS,
    )
    for name in TASTE_SHAPES:
        assert (np.isfinite(getattr(learned, name)) & (getattr(learned, name) > 0)).all()
    assert learned.category.max() > 2 * learned.category.min()
