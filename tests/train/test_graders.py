"""Gains by people and by a model: people's first, the model's as what people would give on average."""

from __future__ import annotations

import pytest

from baihuo.labels import ModelGrades
from baihuo.train.search.tuning.graders import with_model


def model(**of: dict[str, float]) -> ModelGrades:
    return ModelGrades(of, {"is_usable": True}, "m")


def test_a_model_gives_what_people_give_such_products_on_average() -> None:
    grades = {"tea": {"a": 3, "b": 2, "c": 1, "d": 0}}  # gains 7, 3, 1, 0
    found = with_model(grades, model(tea={"e": 1.0, "f": 0.0, "g": 0.5}, mug={"h": 0.9}))
    assert found["tea"] == pytest.approx(
        {"a": 7.0, "b": 3.0, "c": 1.0, "d": 0.0, "e": 5.0, "f": 0.5, "g": 2.75}
    )
    assert found["mug"] == pytest.approx({"h": 0.9 * 5.0 + 0.1 * 0.5})


def test_people_are_never_overruled() -> None:
    found = with_model({"tea": {"a": 0, "b": 3}}, model(tea={"a": 0.99}))
    assert found["tea"] == {"a": 0.0, "b": 7.0}


def test_a_search_for_which_nothing_is_good_has_no_part() -> None:
    found = with_model({"tea": {"a": 3, "b": 1}}, model(mug={"c": 0.1, "d": 0.05}))
    assert set(found) == {"tea"}
