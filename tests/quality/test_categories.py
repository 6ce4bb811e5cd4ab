from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from baihuo.core import Product
from baihuo.quality import QualityRules
from baihuo.quality.checks.categories.category_classifier import CategoryClassifier, Node, roots_of
from baihuo.quality.checks.categories.checks import CategoriesRules
from baihuo.quality.checks.categories.hashed_words import WordHashes

pytestmark = pytest.mark.checks("wrong_category")

CATEGORIES = {
    ("Home", "Lamps"): "lamp light bulb desk shade bright 台灯 灯泡",
    ("Home", "Towels"): "towel cotton bath soft dry absorbent 毛巾 浴巾",
    ("Phones", "Cases"): "case cover silicone magnetic phone slim 手机壳 保护套",
    ("Phones", "Chargers"): "charger usb watt adapter cable fast 充电器 快充",
}


def shop(each: int = 60, *, moved: dict[int, tuple[str, ...]] | None = None) -> list[Product]:
    """Four categories whose titles are drawn from their own words and some that all share."""
    rng = random.Random(4)
    made: list[Product] = []
    for category, words in CATEGORIES.items():
        for _ in range(each):
            drawn = rng.sample(words.split(), 4) + rng.sample("new great gift home set".split(), 2)
            rng.shuffle(drawn)
            here = (moved or {}).get(len(made), category)
            made.append(
                Product(product_id=f"p{len(made):04d}", title_en=" ".join(drawn), category=here)
            )
    return made


def wrong(run: Any) -> dict[str, dict[str, Any]]:
    return {row: d for (row, check), d in run.details().items() if check == "wrong_category"}


def test_a_shop_in_order_is_left_alone(cleaned: Any) -> None:
    assert wrong(cleaned([], shop())) == {}


def test_a_lamp_among_chargers_is_noted_with_the_category_it_belongs_to(cleaned: Any) -> None:
    moved: dict[int, tuple[str, ...]] = {3: ("Phones", "Chargers"), 70: ("Home", "Lamps")}
    run = cleaned([], shop(moved=moved))
    assert set(found := wrong(run)) == {"0:4", "0:71"}
    assert found["0:4"]["new"] == "Home > Lamps"
    assert found["0:71"]["new"] == "Home > Towels"
    assert found["0:4"]["times_as_likely"] >= 150
    assert 0.5 < found["0:4"]["probability"] <= 1
    assert {r["line"]: r["category"] for r in run.rows("products")}[4] == "Phones > Chargers"


def test_a_setting_moves_it(cleaned: Any) -> None:
    rules = QualityRules.model_validate({"categories": CategoriesRules(repair=True)})
    run = cleaned([], shop(moved={3: ("Phones", "Chargers")}), rules)
    assert {r["line"]: r["category"] for r in run.rows("products")}[4] == "Home > Lamps"
    assert wrong(run)["0:4"]["old"] == "Phones > Chargers"


def test_the_order_of_rows_and_the_number_of_threads_change_nothing(cleaned: Any) -> None:
    made = shop(moved={3: ("Phones", "Chargers"), 200: ("Home", "Lamps")})
    shuffled = random.Random(1).sample(made, len(made))
    first, second = cleaned([], made), cleaned([], shuffled)
    by_id = [
        {made_[int(row.split(":")[1]) - 1].product_id: d for row, d in wrong(run).items()}
        for run, made_ in ((first, made), (second, shuffled))
    ]
    assert by_id[0] == by_id[1]
    assert by_id[0]


def test_categories_with_too_few_products_are_not_checked(cleaned: Any) -> None:
    run = cleaned([], shop(each=5, moved={3: ("Phones", "Chargers")}))
    assert wrong(run) == {}
    assert any(words.startswith("wrong_category: ") for words in run.report.not_checked)


def test_products_without_words_are_not_checked(cleaned: Any) -> None:
    empty = [
        Product(product_id=f"x{i}", title_en="1234 5", category=("Home", "Lamps")) for i in range(3)
    ]
    assert wrong(cleaned([], [*shop(), *empty])) == {}


def test_a_model_learns_what_is_obvious_and_a_row_of_no_words_gets_shares_that_add_up() -> None:
    rows = sparse.csr_matrix(np.eye(3, dtype=np.float32)[[0, 1, 2] * 40])
    node = Node.fit(rows, np.array([0, 1, 2] * 40), 3)
    shares = np.exp(node.log_shares(sparse.csr_matrix(np.eye(4, 3, dtype=np.float32))))
    assert shares.argmax(axis=1)[:3].tolist() == [0, 1, 2]
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)


def test_a_root_with_one_category_and_a_root_never_seen_are_no_errors() -> None:
    rows = sparse.csr_matrix(np.eye(2, dtype=np.float32)[[0, 1] * 30])
    model = CategoryClassifier(roots_of(["A", "B > x", "C > y"], " > ")).fit(
        rows, np.array([0, 1] * 30)
    )
    prediction = model.predict_other(rows[:2], np.array([1, 1]), np.array([True, True, True]))
    assert prediction.best.tolist()[0] == 0
    assert prediction.log_best[0] > prediction.log_present[0]
    assert prediction.log_best[1] < prediction.log_present[1]


@pytest.mark.parametrize("lists", [[[]], [["a", "b"], None, ["b"]], [["\ud800"[:0], "灯"]]])
def test_words_become_rows_of_ones(lists: list[Any]) -> None:
    import pyarrow as pa

    made = WordHashes().matrix(pa.array(lists, pa.list_(pa.string())))
    assert made.shape[0] == len(lists)
    assert set(made.data.tolist()) <= {1.0}
    assert np.diff(made.indptr).tolist() == [len(set(x or [])) for x in lists]
