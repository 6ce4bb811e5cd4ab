"""The benchmark of position bias on a made-up shop: what is weighed how, and that it tells a good order from a bad one."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from suites.position.calibrations import WAYS, compare_calibrations
from suites.position.curves import compare_curves
from suites.position.shops import LoggedShop
from suites.position.trainings import Probabilities, _as_trained, _orders

DEPTH, N_PAGES = 10, 3_000
COLUMNS = ("liked", "visitor_clicks_28d", "position", "device")


@pytest.fixture(scope="module")
def shop() -> LoggedShop:
    """Half of the pages are drawn evenly; a position is looked at with 1 / k ** 0.5."""
    rng, n = np.random.default_rng(2_718), N_PAGES * DEPTH
    liked = rng.beta(1, 5, n)
    position = np.tile(np.arange(1, DEPTH + 1), N_PAGES)
    looked = position**-0.5
    is_even = np.repeat(rng.random(N_PAGES) < 0.5, DEPTH)
    page = np.repeat(np.arange(N_PAGES), DEPTH)
    examples = pa.table(
        {
            "position": position,
            "propensity": np.where(is_even, 0.001, 0.7),
            "surface": ["home"] * n,
            "visitor_id": (page % 500).astype(str),
            "is_clicked": (rng.random(n) < liked * looked).astype(int),
        }
    )
    clicks = examples.column("is_clicked").to_numpy()
    known = rng.integers(0, 2, n)
    return LoggedShop(
        click_model="position",
        seed=1,
        examples=examples,
        columns=COLUMNS,
        matrix=np.stack([liked, known, position, np.zeros(n)], axis=1).astype(np.float32),
        clicks=clicks.astype(np.float32),
        gains=clicks.astype(np.int32),
        page=page,
        surface=np.full(n, "home"),
        part=np.repeat(np.arange(N_PAGES) * 3 // N_PAGES, DEPTH),
        p_true=liked * looked,
        looked=looked.astype(np.float64),
    )


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_estimated_curves_stand_beside_the_truth(
    shop: LoggedShop, capsys: pytest.CaptureFixture[str]
) -> None:
    compare_curves(shop)
    found = lines(capsys)
    assert [line["position"] for line in found] == [2, 3, 4, 6, 8]
    assert all(line["is_inside"] for line in found)
    assert found[0]["truth"] == pytest.approx(2**-0.5, abs=1e-4)


def test_a_click_far_down_weighs_what_examination_says(shop: LoggedShop) -> None:
    matrix, weights = _as_trained(shop, "ipw10")
    assert weights is not None
    assert (matrix[:, COLUMNS.index("position")] == 1).all()
    deep = (shop.clicks > 0) & (shop.position == 9)
    np.testing.assert_allclose(weights[deep], 3.0, rtol=0.2)
    assert (weights[shop.clicks == 0] == 1).all()
    kept, none = _as_trained(shop, "input")
    assert none is None
    np.testing.assert_array_equal(kept, shop.matrix)
    _, by_chance = _as_trained(shop, "propensity")
    assert by_chance is not None
    assert set(np.round(by_chance, 3)) == {1.429, 4.0}


def test_orders_are_measured_by_true_appeal(shop: LoggedShop) -> None:
    class Says:
        columns = COLUMNS

        def __init__(self, sign: float) -> None:
            self.sign = sign

        def predict(self, matrix: np.ndarray) -> object:
            from baihuo.models import Prediction

            return Prediction(self.sign * matrix[:, 0].astype(np.float64))

    fitted: dict[str, object] = {"best": Says(1.0), "worst": Says(-1.0)}
    found = _orders(shop, shop.matrix.copy(), fitted)  # type: ignore[arg-type]
    assert found["best"]["true_ndcg10"] == pytest.approx(1.0)
    assert found["best"]["true_ndcg10_even"] == pytest.approx(1.0)
    assert found["worst"]["true_ndcg10"] < 0.8
    assert found["worst"]["ndcg10"] < found["best"]["ndcg10"]


def test_every_way_of_calibration_is_measured_for_every_segment(
    shop: LoggedShop, capsys: pytest.CaptureFixture[str]
) -> None:
    too_high = np.minimum(2 * shop.p_true, 0.99)
    p = Probabilities(too_high[shop.part == 1], too_high[shop.tested])
    compare_calibrations(shop, p, seed=1)
    found = {(line["by"], line["way"]): line for line in lines(capsys)}
    assert len(found) == 3 * len(WAYS)
    fitted_on = int(shop.clicks[shop.part == 1].sum())
    assert found["all", "none"]["n_clicks"] == {"all": fitted_on}
    assert found["surface", "platt"]["n_clicks"] == {"home": fitted_on}
    assert found["all", "isotonic"]["ece"] < 0.3 * found["all", "none"]["ece"]  # type: ignore[operator]


def test_pages_ordered_again_put_what_a_model_likes_on_top(shop: LoggedShop) -> None:
    from suites.position.relogged import relogged

    again = relogged(shop, seed=5)
    assert again.log == "own models"
    liked = again.matrix[:, COLUMNS.index("liked")]
    top, last = liked[again.position == 1].mean(), liked[again.position == DEPTH].mean()
    assert top > 2 * last
    assert liked[shop.position == 1].mean() == pytest.approx(
        liked[shop.position == DEPTH].mean(), rel=0.1
    )
    np.testing.assert_allclose(again.p_true / again.looked, shop.p_true / shop.looked, rtol=1e-6)
    assert 0.03 < (again.propensity < 0.02).mean() < 0.13
