from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

from baihuo import features as room
from baihuo.core import BadInput, EventType
from baihuo.features import (
    DERIVED_FUNCTIONS,
    Derived,
    FeatureSet,
    Lookback,
    default_features,
    derived_function,
)

CLICK = (EventType.CLICK,)


def test_a_set_comes_back_from_json_with_the_same_hash() -> None:
    features = default_features()
    again = FeatureSet.from_json(features.to_json())
    assert again == features
    assert again.hash == features.hash
    assert (
        again.names
        == features.names
        == (*features.lookback_names, *features.names[-len(features.derived) :])
    )


def test_the_hash_follows_values_and_not_words() -> None:
    def of(days: int, about: str) -> str:
        one = Lookback(
            name="a",
            entity=("product",),
            events=CLICK,
            aggregate="count",
            window_days=days,
            about=about,
        )
        return FeatureSet((one,)).hash

    assert of(1, "x") == of(1, "y") != of(2, "x")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Clicks; DROP TABLE"},
        {"entity": ("product", "visitor")},
        {"events": ()},
        {"window_days": 0},
        {"window_hours": 1},
        {"half_life_days": 2.0},
        {"aggregate": "decayed"},
        {"aggregate": "sum"},
        {"value": "dwell_ms"},
        {"entity": ("visitor",), "window_days": None},
        {"aggregate": "last", "window_days": None},
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused_with_a_fix(
    wrong: dict[str, object],
) -> None:
    changes = {
        "name": "clicks",
        "entity": ("product",),
        "events": CLICK,
        "aggregate": "count",
        "window_days": 7,
    }
    Lookback(**changes)  # type: ignore[arg-type]
    with pytest.raises(BadInput) as error:
        Lookback(**{**changes, **wrong})  # type: ignore[arg-type]
    assert error.value.fix


def test_a_set_refuses_a_name_twice_and_an_ingredient_it_does_not_have() -> None:
    one = Lookback(name="a", entity=("product",), events=CLICK, aggregate="count")
    with pytest.raises(BadInput, match="twice"):
        FeatureSet((one, one))
    with pytest.raises(BadInput, match="not declared before"):
        FeatureSet((one,), (Derived(name="b", from_=("c",), function="log1p"),))
    with pytest.raises(BadInput, match="not known"):
        Derived(name="b", from_=("a",), function="eval")


def test_declarations_from_another_version_are_refused() -> None:
    declarations = json.loads(default_features().to_json())
    declarations["lookbacks"][0]["colour"] = "red"
    for text in (json.dumps(declarations), "{}", "not json"):
        with pytest.raises(BadInput):
            FeatureSet.from_json(text)


def test_a_shop_adds_its_own_function_once() -> None:
    @derived_function
    def doubled(column: np.ndarray) -> np.ndarray:
        return column * 2

    try:
        made = Derived(name="twice", from_=("product_clicks_1d",), function="doubled")
        assert default_features().with_features(made).names[-1] == "twice"
        with pytest.raises(ValueError, match="already"):
            derived_function(doubled)
    finally:
        del DERIVED_FUNCTIONS["doubled"]


def test_rates_stay_between_nothing_and_the_prior_without_evidence() -> None:
    rate = DERIVED_FUNCTIONS["rate"]
    got = rate(np.array([0, 5, 0], np.float32), np.array([0, 100, 1000], np.float32), 0.05, 40)
    assert got[0] == pytest.approx(0.05)
    assert got[1] == pytest.approx(7 / 140)
    assert 0 < got[2] < 0.05
    assert got.dtype == np.float32


@pytest.mark.parametrize("name", sorted(DERIVED_FUNCTIONS))
def test_every_derived_function_is_finite_on_nothing_at_all_and_on_a_lot(name: str) -> None:
    function = DERIVED_FUNCTIONS[name]
    parameters = inspect.signature(function).parameters.values()
    columns = [p for p in parameters if "Column" in str(p.annotation)]
    for amount in (0.0, 1.0, 1e9):
        got = function(
            *[np.full(3, amount, np.float32)] * len(columns),
            *[2.0] * (len(parameters) - len(columns)),
        )
        assert got.dtype == np.float32
        assert np.isfinite(got).all()


def test_the_page_about_features_names_every_derived_function() -> None:
    page = (Path(__file__).parents[2] / "docs" / "features.md").read_text(encoding="utf-8")
    for function in DERIVED_FUNCTIONS:
        assert f"`{function}`" in page


def test_all_that_the_room_offers_is_documented() -> None:
    for name in dir(room):
        assert getattr(room, name) is not None
    public = [getattr(room, n) for n in dir(room) if callable(getattr(room, n))]
    assert all(inspect.getdoc(one) for one in public)
